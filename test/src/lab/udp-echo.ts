import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

const SERVER = `
import socket, sys
s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 9001))
print('ready', flush=True)
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(data, peer)
`;

/** Ten sockets in turn, one question under way in each; an answer may take its time but must be its own. */
const CLIENT = `
import socket, sys
to, count, size, patience = sys.argv[1], *map(int, sys.argv[2:])
family = socket.AF_INET6 if ':' in to else socket.AF_INET
sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(10)]
answered = 0
def question(n, i): return f'{n} {i}'.encode().ljust(size, b' ')
for s in sockets:
    s.settimeout(patience)
    s.connect((to, 9001))
for i in range(count // 10):
    for n, s in enumerate(sockets):
        s.send(question(n, i))
    for n, s in enumerate(sockets):
        try:
            answered += s.recv(65535) == question(n, i)
        except TimeoutError:
            pass
print(answered)
`;

export type Questions = {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly count: number;
  /** Each at least so long. */
  readonly bytes?: number;
  /** How long an answer may take. */
  readonly patienceSeconds?: number;
};

/** Asks by UDP and counts the answers. */
export async function echoed(
  net: Namespaces,
  { from, to, address, count, bytes = 0, patienceSeconds = 20 }: Questions,
): Promise<{ asked: number; answered: number }> {
  const python = ['/usr/bin/python3', '-c'];
  const server = new Daemon('UDP echo', ['ip', 'netns', 'exec', net.name(to), ...python, SERVER, address]);
  try {
    await until('the server to listen', () => server.output.includes('ready'), { detail: () => server.output });
    const client = new Daemon('UDP', [
      'ip',
      'netns',
      'exec',
      net.name(from),
      ...python,
      CLIENT,
      address,
      ...[count, bytes, patienceSeconds].map(String),
    ]);
    await client.ended();
    return { asked: count, answered: Number(client.output) };
  } finally {
    await server.stop('SIGKILL');
  }
}
