import { join } from 'node:path';
import { checkSteps, runTests, type Step } from './check-steps.ts';
import { knowsMidonetCommand } from './midonet-commands.ts';
import { runSteps } from './run-steps.ts';

/** Every test of the repository. The last line is `tests: N passed, N failed`. */
const root = join(import.meta.dirname, '../..');
const SYSTEM_LIMIT_MS = 35 * 60_000;

const system: Step = {
  name: 'system',
  // One file at a time: they measure, and they share two processors with what they test.
  run: (folder) =>
    runTests(folder, ['test/src/**/*.test.ts'], { concurrency: 1, timeoutMs: SYSTEM_LIMIT_MS, echo: true }),
};

console.log('checks and unit tests');
const checks = await runSteps(root, checkSteps(knowsMidonetCommand));
console.log('system tests');
const systems = await runSteps(root, [system]);
const [passed, failed] = [checks.passed + systems.passed, checks.failed + systems.failed];
console.log(`took ${(checks.seconds + systems.seconds).toFixed(0)} s`);
console.log(`tests: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
