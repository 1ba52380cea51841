import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

const SERVER = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind((sys.argv[2], 7))
print('ready', flush=True)
while True:
    data, peer = s.recvfrom(2048)
    s.sendto(sys.argv[1].encode(), peer)
`;

/*
 * One socket per flow; each packet waits for its answer before the next is sent, so nothing but the
 * network can lose one.
 */
const CLIENT = `
import socket, sys
address, first, flows, packets = sys.argv[1], *map(int, sys.argv[2:])
for port in range(first, first + flows):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    s.bind(('', port))
    s.connect((address, 7))
    said = []
    for _ in range(packets):
        s.send(b'x')
        try:
            said.append(s.recv(64).decode())
        except OSError:
            said.append('-')
    s.close()
    print(*said)
`;

/** Answers UDP to port 7 of an address of a machine with the machine's name. */
export async function echo(net: Namespaces, vm: string, address: string): Promise<AsyncDisposable> {
  const command = ['ip', 'netns', 'exec', net.name(vm), '/usr/bin/python3', '-c', SERVER, vm, address];
  const server = new Daemon(`echo ${vm}`, command);
  await until('the echo server to listen', () => server.output.includes('ready'), { detail: () => server.output });
  return {
    async [Symbol.asyncDispose]() {
      await server.stop('SIGKILL');
    },
  };
}

/**
 * Sends `packets` datagrams on each of `flows` flows (source ports from `first`), one after the other;
 * gives for each flow the words that came back, '-' for each datagram without an answer.
 */
export function ask(
  net: Namespaces,
  vm: string,
  options: { readonly to: string; readonly flows: number; readonly packets: number; readonly first?: number },
): string[][] {
  const { to, flows, packets, first = 10_000 } = options;
  const command = ['/usr/bin/python3', '-c', CLIENT, to, ...[first, flows, packets].map(String)];
  const out = net.mustExec(vm, command, { timeoutMs: 60_000 });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}
