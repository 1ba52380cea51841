import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

const SERVER = `
import socket, sys, threading
def serve(port):
    s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((sys.argv[1], port)); s.listen(1024)
    while True:
        c, a = s.accept()
        c.sendall((a[0] + '\\n').encode()); c.close()
for port in map(int, sys.argv[2:]): threading.Thread(target=serve, args=(port,), daemon=False).start()
print('ready', flush=True)
`;

/** One connection after the other; each ends when the server has said who it thinks asked. */
const CLIENT = `
import socket, sys, time
to, port, count, bind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
seen, slow = {}, 0
for i in range(count):
    s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET)
    s.settimeout(30)
    if bind: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('', bind + i))
    start = time.monotonic()
    s.connect((to, port))
    who = b''
    while True:
        data = s.recv(64)
        if not data: break
        who += data
    if time.monotonic() - start > 0.9: slow += 1
    s.close()
    seen[who.decode().strip()] = seen.get(who.decode().strip(), 0) + 1
print(' '.join(f'{k}={v}' for k, v in sorted(seen.items())), 'slow=%d' % slow)
`;

/** A server that tells each client the address it sees, and hangs up. */
export async function whoServer(net: Namespaces, vm: string, address: string, ...ports: number[]): Promise<Daemon> {
  const command = [
    'ip',
    'netns',
    'exec',
    net.name(vm),
    '/usr/bin/python3',
    '-c',
    SERVER,
    address,
    ...ports.map(String),
  ];
  const server = new Daemon(`who server ${vm}`, command);
  await until('the server to listen', () => server.output.includes('ready'), { detail: () => server.output });
  return server;
}

export type Asked = { readonly to: string; readonly port: number; readonly count: number; readonly bind?: number };

const ROUNDS = 5;

/**
 * Connects `count` times; gives how often the server saw which address, and how many took a second: a lost packet.
 * Again, a few times, while there are such: on a busy machine everything may stand still for a second now and then, but
 * where packets are lost, if only one of fifty, a whole round seldom goes without.
 */
export function connects(net: Namespaces, vm: string, asked: Asked): Record<string, number> {
  let seen = connectOnce(net, vm, asked);
  for (let round = 1; round < ROUNDS && seen['slow'] !== 0; round++) seen = connectOnce(net, vm, asked);
  return seen;
}

function connectOnce(net: Namespaces, vm: string, { to, port, count, bind = 0 }: Asked): Record<string, number> {
  const command = ['/usr/bin/python3', '-c', CLIENT, to, String(port), String(count), String(bind)];
  const said = net.mustExec(vm, command, { timeoutMs: 120_000 });
  const pairs = said
    .trim()
    .split(' ')
    .map((pair): [string, number] => {
      const [name = '', value] = pair.split('=');
      return [name, Number(value)];
    });
  return Object.fromEntries(pairs);
}
