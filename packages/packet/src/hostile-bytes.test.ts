import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAnyBytes, fuzz, hostileFrame, RUNS_BETWEEN_CHECKS, sampleFrames, soundFrame } from '../testing/index.ts';
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

/** What a second suffices for; MIDONET_FUZZ_SECONDS=600 for a long night. */
const FUZZ_FRAMES = tries(12_000, 4000);
const FUZZ_SECONDS = Number(process.env['MIDONET_FUZZ_SECONDS'] ?? 0);

test('fuzzing finds nothing', (context) => {
  const deadline = performance.now() + FUZZ_SECONDS * 1000;
  const seed = Date.now() % 1_000_000;
  let left = FUZZ_FRAMES;
  const { runs, findings } = fuzz(checkAnyBytes, {
    corpus: sampleFrames(1, 200),
    seed,
    stop: () => (left -= RUNS_BETWEEN_CHECKS) < 0 && performance.now() > deadline,
  });
  context.diagnostic(`${runs} frames`);
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
    { corpus: sampleFrames(1, 20), seed: 3, stop: () => (left -= RUNS_BETWEEN_CHECKS) < 0 },
  );
  assert.ok(findings.length > 0);
});
