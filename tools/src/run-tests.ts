import { globSync } from 'node:fs';
import { join } from 'node:path';
import { checkSteps, fullLint } from './check-steps.ts';
import { knowsMidonetCommand } from './midonet-commands.ts';
import type { Priority } from './priority.ts';
import { runTests } from './run-files.ts';
import { runSteps } from './run-steps.ts';
import type { Step } from './step.ts';
import { unitTestSteps } from './unit/unit-steps.ts';

/** Every test of the repository. The last line is `tests: N passed, N failed`. */
const root = join(import.meta.dirname, '../..');
const started = performance.now();
/** Three times what the longest takes on a quiet machine. A file that hangs is one failure, not the end of the run. */
const FILE_LIMIT_MS = 15 * 60_000;

/** What goes on aside has most of the run for it. */
const ASIDE_LIMIT_MS = 22 * 60_000;

const file = (name: string, timeoutMs = FILE_LIMIT_MS, priority: Priority = 'usual'): Step => ({
  name,
  run: (folder) => runTests(folder, [join('test/src', name)], { timeoutMs, priority }),
});
const files = Map.groupBy(globSync('**/*.test.ts', { cwd: join(root, 'test/src') }).sort(), kindOf);

// Tests of random cases try fewer in `./run check`, which has a minute.
process.env['MIDONET_TESTS'] = 'full';
console.log('checks and unit tests');
const checks = await runSteps(root, [...checkSteps(knowsMidonetCommand), ...unitTestSteps(root)]);
console.log('system tests; beside them an emulated machine and lint in full');
// These leave a processor idle half of the time. One after the other, as each takes gigabytes of memory.
const aside = runSteps(
  root,
  [...(files.get('emulated') ?? []).map((name) => file(name, ASIDE_LIMIT_MS, 'low')), fullLint],
  1,
);
// One file at a time: they share two processors with what they test.
const system = await runSteps(
  root,
  (files.get('alone') ?? []).map((name) => file(name)),
  1,
);
console.log('scenarios and other tests of parts');
const parts = await runSteps(
  root,
  (files.get('beside') ?? []).map((name) => file(name)),
  2,
);
const total = [checks, system, parts, await aside];
const [passed, failed] = [sum(total.map((one) => one.passed)), sum(total.map((one) => one.failed))];
console.log(`took ${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(`tests: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * 'emulated' needs one processor for minutes and no time of its own. 'beside' does not mind a neighbour: what it
 * tests is in its own process, or is asked for what it says and not how fast.
 */
function kindOf(name: string): 'emulated' | 'beside' | 'alone' {
  if (name.startsWith('qemu/')) return 'emulated';
  const isBeside = ['scenarios/', 'agent/', 'cli/', 'datapath/compliance', 'datapath/clsact'];
  return isBeside.some((start) => name.startsWith(start)) ? 'beside' : 'alone';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
