import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyKey, extractKey } from '@midonet/flow';
import { testRun } from '../../kernel/bpf.ts';
import { allocate } from '../../kernel/libc.ts';
import { readArtefact } from './artefact.ts';
import { openBpffs, unmountBpffs } from './bpffs.ts';
import { Counters } from './counters.ts';
import { KernelObjects } from './objects.ts';
import { settingsOf } from './options.ts';
import { kernelTestsImpossible, Lab } from '../../../testing/kernel-lab.ts';
import { UpcallReader } from './upcalls.ts';

const skip = kernelTestsImpossible() ?? false;

/** The test-run facility refuses IP frames without a whole header; the compliance suite sends those. */
const MIN_FRAME = 14 + 40;

/** Bytes that look enough like headers to get past the first checks. */
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 6, 17, 1, 58, 44, 43, 60, 51, 0x45, 0x46, 0x60, 8, 128));
const u16 = fc.oneof(fc.nat(0xffff), fc.nat(80));
const bytes = (length: number): fc.Arbitrary<number[]> => fc.array(byte, { minLength: length, maxLength: length });

const ipv4 = fc
  .record({
    ihl: fc.constantFrom(4, 5, 5, 5, 6, 8, 15),
    total: u16,
    frag: fc.constantFrom(0, 0, 0x4000, 0x2000, 5, 0x2005),
  })
  .chain(({ ihl, total, frag }) =>
    fc.tuple(fc.constantFrom(6, 17, 1, 58, 50, 132), bytes(100), fc.boolean()).map(([protocol, rest, exact]) => {
      const length = exact ? 20 + rest.length : total;
      return [
        ...[0x40 | ihl, rest[0] ?? 0, length >> 8, length & 255, 0, 0, frag >> 8, frag & 255],
        ...[64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, ...rest],
      ];
    }),
  );
const ipv6 = fc
  .tuple(fc.constantFrom(6, 17, 58, 1, 0, 43, 44, 51, 60, 135, 59), u16, bytes(120), fc.boolean())
  .map(([next, payload, rest, exact]) => {
    const length = exact ? rest.length : payload;
    return [0x60, rest[3] ?? 0, 0, 0, length >> 8, length & 255, next, 64, ...rest.slice(0, 32), ...rest];
  });
const arp = bytes(20).map((rest) => [0, 1, 8, 0, 6, 4, 0, 2, ...rest]);
const body = fc.oneof(
  fc.tuple(fc.constant([8, 0]), ipv4),
  fc.tuple(fc.constant([0x86, 0xdd]), ipv6),
  fc.tuple(fc.constant([8, 6]), fc.oneof(arp, bytes(28))),
  fc.tuple(bytes(2), bytes(40)),
);
const frame = fc
  .tuple(
    bytes(12),
    fc.constantFrom([], [], [0x81, 0, 0x20, 5], [0x88, 0xa8, 0, 7], [0x81, 0, 0, 1, 0x81, 0, 0, 2]),
    body,
    fc.nat(80),
  )
  .map(([macs, tags, [type, rest], cut]) => {
    const whole = Uint8Array.from([...macs, ...tags, ...type, ...rest]);
    return cut < 60 ? whole : whole.slice(0, Math.max(MIN_FRAME, whole.length - cut));
  });

test('the program and extractKey() make the same key of any frame', { skip }, async () => {
  const lab = new Lab('k');
  const stateDir = join(lab.directory, 'state');
  const bpffs = openBpffs(stateDir);
  const objects = new KernelObjects(readArtefact(), bpffs.path, settingsOf({ stateDir }));
  try {
    const reader = new UpcallReader(objects, 4);
    const counters = new Counters(objects);
    const data = allocate(512);
    const out = allocate(1024);
    const expected = emptyKey();
    let taken = 0;
    fc.assert(
      fc.property(frame, (bytes) => {
        data.bytes.set(bytes);
        const before = counters.read().drops.malformed;
        const input = { ...data, bytes: data.bytes.subarray(0, bytes.length) };
        testRun({ program: objects.program('parse_only'), data: input, out });
        const verdict = extractKey(bytes, bytes.length, 0, 0, expected);
        const [upcall] = reader.read();
        if (verdict === 'malformed') {
          assert.equal(upcall, undefined, 'the program took a frame that extractKey calls malformed');
          assert.equal(counters.read().drops.malformed, before + 1);
          return;
        }
        taken++;
        assert.ok(upcall !== undefined, 'the program calls malformed what extractKey takes');
        assert.deepEqual([...upcall.key], [...expected]);
        assert.deepEqual([...upcall.frame], [...bytes]);
      }),
      { numRuns: 5000 },
    );
    reader.close();
    assert.ok(taken > 1000, `only ${taken} frames were well-formed`);
  } finally {
    objects.close();
    bpffs.close();
    unmountBpffs(stateDir);
    await lab.close();
  }
});
