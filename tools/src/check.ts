import { join } from 'node:path';
import { checkSteps } from './check-steps.ts';
import { knowsMidonetCommand } from './midonet-commands.ts';
import { runSteps } from './run-steps.ts';

const total = await runSteps(join(import.meta.dirname, '../..'), checkSteps(knowsMidonetCommand));
console.log(`check: ${total.passed} passed, ${total.failed} failed in ${total.seconds.toFixed(1)} s`);
process.exitCode = total.failed === 0 ? 0 : 1;
