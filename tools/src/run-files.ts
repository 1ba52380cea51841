import { availableParallelism } from 'node:os';
import type { StepResult } from './step.ts';
import { withPriority, type Priority } from './priority.ts';
import { runProgram, type ProgramResult } from './program.ts';
import { failingPart, filesWithoutTests, parseTestCounts } from './test-counts.ts';

/** No test takes so long; one that waits for ever fails by name instead of holding up the run. */
const TEST_LIMIT_MS = 8 * 60_000;

/**
 * Runs `node --test` on these files, each in a process of its own. Those that still run after `timeoutMs`
 * fail by name.
 */
export async function runTests(
  root: string,
  files: readonly string[],
  options: { readonly timeoutMs: number; readonly testLimitMs?: number; readonly priority?: Priority },
): Promise<StepResult> {
  const ran = await runProgram(
    withPriority(options.priority ?? 'usual', [
      'node',
      '--test',
      '--test-reporter=spec',
      `--test-timeout=${options.testLimitMs ?? TEST_LIMIT_MS}`,
      // Node's own choice is one fewer than there are: half of two.
      `--test-concurrency=${availableParallelism()}`,
      ...files,
    ]),
    { root, timeoutMs: options.timeoutMs },
  );
  return testResult(ran) ?? { passed: 0, failed: 1, summary: 'the test runner did not finish', detail: ran.output };
}

/** What a run of node's tests came to. Undefined when it did not get to print its totals. */
export function testResult({ code, output }: ProgramResult): StepResult | undefined {
  const counts = parseTestCounts(output);
  if (counts === undefined) return undefined;
  const empty = filesWithoutTests(output);
  // The runner's own verdict counts too: a file that fails outside any test.
  const failed = (code === 0 ? counts.failed : Math.max(1, counts.failed)) + empty.length;
  const passed = counts.passed - empty.length;
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  return {
    passed,
    failed,
    summary: `${passed} passed, ${failed} failed${skipped}`,
    detail: failingPart(output) + empty.map((file) => `✖ ${file}: ran no test\n`).join(''),
  };
}
