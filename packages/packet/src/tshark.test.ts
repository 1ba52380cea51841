import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  normalField,
  onlyKnownProtocols,
  pcapOf,
  sampleFrames,
  TSHARK_FIELDS,
  TSHARK_OPTIONS,
  tsharkRecordOf,
} from '../testing/index.ts';
import { formatHex } from './bytes.ts';
import { dissect } from './dissect.ts';
import { printFrame } from './print-frame.ts';

const missing = spawnSync('tshark', ['--version']).error !== undefined;
const SEED = 20261123;
const CHECKSUMS = [
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
];

/**
 * Left to the header tests, because tshark shows them otherwise by design: source routes (it shows
 * the last destination), two service tags in one frame (other field names), ARP operations of other
 * protocols (other layouts).
 */
function comparable(bytes: Uint8Array): boolean {
  const layers = dissect(bytes);
  if (layers.filter(({ header }) => header.kind === 'vlan' && header.tpid === 0x88a8).length > 1) return false;
  return layers.every(({ header }) => {
    if (header.kind === 'arp') return header.operation <= 2 || header.operation > 30;
    if (header.kind === 'ipv4') return header.options.length === 0;
    if (header.kind === 'ipv6') return header.extensions.every((extension) => extension.kind === 'fragment');
    return true;
  });
}

test(
  'a generated corpus reads as tshark reads it, and its checksums are right',
  { skip: missing && 'no tshark' },
  () => {
    const frames = sampleFrames(SEED, 2000).filter(comparable);
    assert.ok(frames.length > 500);
    const folder = mkdtempSync(join(tmpdir(), 'packet-tshark-'));
    try {
      const file = join(folder, 'corpus.pcap');
      writeFileSync(file, pcapOf(frames));
      const columns = ['frame.protocols', ...TSHARK_FIELDS, ...CHECKSUMS];
      const fields = columns.flatMap((field) => ['-e', field]);
      const text = execFileSync('tshark', ['-r', file, ...TSHARK_OPTIONS, '-T', 'fields', ...fields], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 1 << 26,
      });
      const lines = text.split('\n').slice(0, -1);
      assert.equal(lines.length, frames.length);
      let compared = 0;
      for (const [index, line] of lines.entries()) {
        const bytes = frames[index] ?? new Uint8Array(0);
        const [protocols, ...cells] = line.split('\t');
        if (!onlyKnownProtocols(protocols ?? '')) continue;
        compared++;
        const theirs: Record<string, string> = {};
        for (const [column, field] of TSHARK_FIELDS.entries()) {
          if (cells[column] !== undefined && cells[column] !== '') theirs[field] = normalField(cells[column]);
        }
        const what = `${printFrame(bytes)}\n${formatHex(bytes)} (seed ${SEED}, frame ${index + 1})`;
        assert.deepEqual(theirs, { ...tsharkRecordOf(bytes) }, what);
        const bad = cells.slice(TSHARK_FIELDS.length).flatMap((cell) => cell.split(','));
        assert.ok(!bad.includes('0'), `bad checksum: ${what}`);
      }
      assert.ok(compared > 0.9 * frames.length, `only ${compared} of ${frames.length} compared`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
