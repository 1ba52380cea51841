import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkSteps, fullLint } from './check-steps.ts';
import { knowsMidonetCommand } from './midonet-commands.ts';
import { runTests } from './run-files.ts';
import { runSteps } from './run-steps.ts';
import type { Step } from './step.ts';
import { unitTestSteps } from './unit/unit-steps.ts';

/** Every test of the repository. The last line is `tests: N passed, N failed`. */
const root = join(import.meta.dirname, '../..');
/** Three times what the longest takes on a quiet machine. A file that hangs is one failure, not the end of the run. */
const FILE_LIMIT_MS = 15 * 60_000;

const systems = globSync('test/src/**/*.test.ts', { cwd: root })
  .sort()
  .map((file): Step => ({
    name: relative('test/src', file),
    run: (folder) => runTests(folder, [file], { timeoutMs: FILE_LIMIT_MS }),
  }));

// Tests of random cases try fewer in `./run check`, which has a minute.
process.env['MIDONET_TESTS'] = 'full';
console.log('checks and unit tests');
const checks = await runSteps(root, [...checkSteps(knowsMidonetCommand), fullLint, ...unitTestSteps(root)]);
console.log('system tests');
// One file at a time: they share two processors with what they test.
const system = await runSteps(
  root,
  systems.filter(({ name }) => !isPatient(name)),
  1,
);
console.log('an emulated machine, and scenarios');
const patient = await runSteps(
  root,
  systems.filter(({ name }) => isPatient(name)),
  2,
);
const total = [checks, system, patient];
const [passed, failed] = [sum(total.map((one) => one.passed)), sum(total.map((one) => one.failed))];
console.log(`took ${sum(total.map(({ seconds }) => seconds)).toFixed(0)} s`);
console.log(`tests: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Needs one processor for minutes, and does not mind who has the other: these run two at a time. */
function isPatient(name: string): boolean {
  return name.startsWith('qemu/') || name.startsWith('scenarios/');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
