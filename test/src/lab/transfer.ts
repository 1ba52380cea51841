import assert from 'node:assert/strict';
import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

const RECEIVER = `
import hashlib, socket, sys
s = socket.create_server((sys.argv[1], 9000), family=socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
print('ready', flush=True)
c, _ = s.accept()
h = hashlib.sha256()
while data := c.recv(1 << 16):
    h.update(data)
print(h.hexdigest(), flush=True)
`;

const SENDER = `
import hashlib, random, socket, sys
data = random.Random(7).randbytes(int(sys.argv[2]))
socket.setdefaulttimeout(20)
with socket.create_connection((sys.argv[1], 9000)) as s:
    s.sendall(data)
print(hashlib.sha256(data).hexdigest())
`;

/** Sends bytes over one TCP connection and compares what came out at the far end, bit by bit. */
export async function transfer(
  net: Namespaces,
  { from, to, address, bytes }: { from: string; to: string; address: string; bytes: number },
): Promise<void> {
  const python = ['/usr/bin/python3', '-c'];
  const receiver = new Daemon('receiver', ['ip', 'netns', 'exec', net.name(to), ...python, RECEIVER, address]);
  try {
    await until('the receiver to listen', () => receiver.output.includes('ready'), { detail: () => receiver.output });
    const sent = net.exec(from, [...python, SENDER, address, String(bytes)], { timeoutMs: 30_000 });
    assert.equal(sent.code, 0, `${from} → ${address}: ${sent.stderr}`);
    await until('the receiver to end', () => !receiver.running, { detail: () => receiver.output });
    assert.equal(receiver.output.split('\n')[1], sent.stdout.trim(), `${from} → ${address}: other bytes arrived`);
  } finally {
    await receiver.stop('SIGKILL');
  }
}
