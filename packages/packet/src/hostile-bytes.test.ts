import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAnyBytes, fuzz, hostileFrame, sampleFrames, soundFrame } from '../testing/index.ts';
import { runs as tries } from '../test/runs.ts';
import { formatHex } from './bytes.ts';
import { dissect } from './dissect.ts';

test('random, cut and changed frames never throw, in any parser, printer or rewrite', () => {
  fc.assert(fc.property(hostileFrame, checkAnyBytes), { numRuns: 2000 });
});

test('every sound frame is read to its end without a malformed layer', () => {
  fc.assert(
    fc.property(soundFrame, (bytes) => {
      const wrong = dissect(bytes).filter((layer) => layer.header.kind === 'malformed');
      assert.deepEqual(wrong, [], formatHex(bytes));
    }),
    { numRuns: 500 },
  );
});

/** How long the fuzzer runs; MIDONET_FUZZ_SECONDS=600 for a long night. */
const FUZZ_SECONDS = Number(process.env['MIDONET_FUZZ_SECONDS'] ?? tries(1000, 300) / 1000);

test(`${FUZZ_SECONDS} s of fuzzing find nothing`, () => {
  const deadline = performance.now() + FUZZ_SECONDS * 1000;
  const seed = Date.now() % 1_000_000;
  const { runs, findings } = fuzz(checkAnyBytes, {
    corpus: sampleFrames(1, 200),
    seed,
    stop: () => performance.now() > deadline,
  });
  assert.ok(runs > 1000, `only ${runs} frames`);
  const report = findings.map(({ frame, error }) => `${formatHex(frame)} ${String(error)}`);
  assert.deepEqual(report, [], `seed ${seed}`);
});

test('the fuzzer does find a planted mistake', () => {
  let left = 100_000;
  const { findings } = fuzz(
    (bytes) => {
      if (bytes.length > 20 && bytes[20] === 0xff) throw new Error('planted');
    },
    { corpus: sampleFrames(1, 20), seed: 3, stop: () => (left -= 256) < 0 },
  );
  assert.ok(findings.length > 0);
});
