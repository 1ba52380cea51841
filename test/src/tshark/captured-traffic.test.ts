import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dissect, formatHex, printFrame } from '@midonet/packet';
import {
  framesOfPcap,
  normalField,
  onlyKnownProtocols,
  TSHARK_FIELDS,
  TSHARK_OPTIONS,
  tsharkRecordOf,
} from '@midonet/packet/testing';
import { Namespaces } from '../lab/namespaces.ts';
import { Daemon, must, until } from '../lab/shell.ts';

/**
 * Real traffic of this kernel between two namespaces (ARP, ND, ping of both families, fragments, TCP
 * with its options), captured and read twice: by tshark and by the packet package.
 */
test('traffic of this kernel reads as tshark reads it', async () => {
  using net = new Namespaces('mntshark');
  const folder = mkdtempSync(join(tmpdir(), 'captured-traffic-'));
  const file = join(folder, 'traffic.pcap');
  net.add('a');
  net.add('b');
  net.veth('a', 'eth0', 'b', 'eth0');
  for (const [side, number] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    net.ip(side, 'addr', 'add', `10.77.0.${number}/24`, 'dev', 'eth0');
    net.ip(side, 'addr', 'add', `fd77::${number}/64`, 'dev', 'eth0', 'nodad');
    // Without offloads every frame is on the wire as it would be between machines.
    net.mustExec(side, ['ethtool', '-K', 'eth0', 'tx', 'off', 'gso', 'off', 'tso', 'off', 'gro', 'off']);
  }
  const capture = new Daemon('tcpdump', [
    ...['ip', 'netns', 'exec', net.name('b'), 'tcpdump', '-i', 'eth0', '-U', '-s', '0', '-w', file],
  ]);
  try {
    await until('the capture to start', () => capture.output.includes('listening on'));
    const sizeOf = (): number => statSync(file).size;
    net.mustExec('a', ['ping', '-n', '-c', '2', '-i', '0.2', '10.77.0.2']);
    net.mustExec('a', ['ping', '-n', '-c', '2', '-i', '0.2', 'fd77::2']);
    net.mustExec('a', ['ping', '-n', '-c', '1', '-s', '4000', '10.77.0.2']);
    net.mustExec('a', ['ping', '-n', '-c', '1', '-s', '4000', 'fd77::2']);
    // Nobody listens: a refused connection and a port unreachable with the datagram quoted.
    net.exec('a', ['bash', '-c', 'exec 3<>/dev/tcp/10.77.0.2/5001'], { timeoutMs: 5000 });
    net.exec('a', ['bash', '-c', 'echo hello >/dev/udp/10.77.0.2/5001'], { timeoutMs: 5000 });
    const kinds = new Set<string>();
    await until(
      'all the traffic to be in the file',
      () => {
        kinds.clear();
        for (const bytes of framesOfPcap(readFileSync(file)) ?? []) {
          for (const { header, quoted } of dissect(bytes)) kinds.add(quoted ? `quoted ${header.kind}` : header.kind);
        }
        return ['arp', 'icmp4', 'icmp6', 'tcp', 'udp', 'quoted udp'].every((kind) => kinds.has(kind)) && sizeOf() > 0;
      },
      { detail: () => [...kinds].join(' ') },
    );
    assert.ok(!kinds.has('malformed'));
  } finally {
    await capture.stop();
  }
  const frames = framesOfPcap(readFileSync(file)) ?? [];
  const fields = ['frame.protocols', ...TSHARK_FIELDS].flatMap((field) => ['-e', field]);
  const lines = must(['tshark', '-r', file, ...TSHARK_OPTIONS, '-T', 'fields', ...fields])
    .split('\n')
    .slice(0, -1);
  rmSync(folder, { recursive: true });
  assert.equal(lines.length, frames.length);
  assert.ok(frames.length > 20, `only ${frames.length} frames`);
  for (const [index, line] of lines.entries()) {
    const bytes = frames[index] ?? new Uint8Array(0);
    const [protocols, ...cells] = line.split('\t');
    if (!onlyKnownProtocols(protocols ?? '')) continue;
    const theirs: Record<string, string> = {};
    for (const [column, field] of TSHARK_FIELDS.entries()) {
      const cell = cells[column] ?? '';
      if (cell !== '') theirs[field] = normalField(cell);
    }
    assert.deepEqual(theirs, { ...tsharkRecordOf(bytes) }, `${printFrame(bytes)}\n${formatHex(bytes)}`);
  }
});
