import type { Namespaces } from './namespaces.ts';

const SENDER = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
sent = refused = 0
for line in sys.stdin:
    try:
        s.send(bytes.fromhex(line.strip())); sent += 1
    except OSError:
        refused += 1
print(sent, refused)
`;

/**
 * Puts raw frames on an interface of a namespace as a hostile guest would. Gives how many the guest's
 * own kernel took; it refuses frames too short for Ethernet or longer than the MTU.
 */
export function inject(net: Namespaces, vm: string, device: string, frames: readonly Uint8Array[]): number {
  const input = frames.map((frame) => Buffer.from(frame).toString('hex')).join('\n');
  const out = net.mustExec(vm, ['/usr/bin/python3', '-c', SENDER, device], { input: `${input}\n` });
  return Number(out.split(' ')[0]);
}

const DATAGRAMS = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to = (sys.argv[1], int(sys.argv[2]))
for line in sys.stdin:
    s.sendto(bytes.fromhex(line.strip()), to)
`;

/** Sends UDP datagrams from a namespace, one for each payload. */
export function injectDatagrams(
  net: Namespaces,
  from: string,
  to: { readonly address: string; readonly port: number },
  payloads: readonly Uint8Array[],
): void {
  const input = payloads.map((payload) => Buffer.from(payload).toString('hex')).join('\n');
  net.mustExec(from, ['/usr/bin/python3', '-c', DATAGRAMS, to.address, String(to.port)], { input: `${input}\n` });
}
