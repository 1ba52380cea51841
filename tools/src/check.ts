import { join } from 'node:path';
import { checkSteps } from './check-steps.ts';
import { knowsMidonetCommand } from './midonet-commands.ts';
import { runSteps } from './run-steps.ts';
import { unitTestSteps } from './unit/unit-steps.ts';

const root = join(import.meta.dirname, '../..');
const total = await runSteps(root, [...checkSteps(knowsMidonetCommand), ...unitTestSteps(root)]);
console.log(`check: ${total.passed} passed, ${total.failed} failed in ${total.seconds.toFixed(1)} s`);
process.exitCode = total.failed === 0 ? 0 : 1;
