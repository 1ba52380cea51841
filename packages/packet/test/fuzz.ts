/**
 * Fuzzes the packet package: node packages/packet/test/fuzz.ts --seconds 300 --seed 1
 * Prints what was found as hex, to be put into a test, and ends with 1 when there was anything.
 */
import { parseArgs } from 'node:util';
import { formatHex } from '../src/index.ts';
import { checkAnyBytes, fuzz, sampleFrames } from '../testing/index.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds takes a positive number, --seed an integer');
  process.exit(2);
}

const deadline = performance.now() + seconds * 1000;
const { runs, findings } = fuzz(checkAnyBytes, {
  corpus: sampleFrames(seed, 500),
  seed,
  stop: () => performance.now() > deadline,
});
console.log(`${runs} frames in ${seconds} s with seed ${seed}: ${findings.length} findings`);
for (const { frame, error } of findings) console.log(formatHex(frame), error);
process.exitCode = findings.length > 0 ? 1 : 0;
