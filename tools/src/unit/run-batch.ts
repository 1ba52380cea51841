import { join } from 'node:path';
import type { StepResult } from '../step.ts';
import { runProgram } from '../program.ts';
import { runTests, testResult } from '../run-files.ts';

const SUITES = join(import.meta.dirname, 'suites.ts');

/** Ten times and more of what they take on a quiet machine. A test that waits for ever fails by name. */
const LIMITS = { testMs: 3 * 60_000, togetherMs: 5 * 60_000, aloneMs: 5 * 60_000 } as const;

export type BatchLimits = { readonly [Limit in keyof typeof LIMITS]: number };

/**
 * Runs files of tests in one process, which loads what they share once. When it does not come to its
 * end (a file hangs, or ends the process), every file runs again in a process of its own, so that the
 * one to blame is named; the batch has failed whatever that shows.
 */
export async function runBatch(
  root: string,
  files: readonly string[],
  limits: BatchLimits = LIMITS,
): Promise<StepResult> {
  const together = await runProgram(
    ['node', '--test-reporter=spec', `--test-timeout=${limits.testMs}`, SUITES, ...files],
    { root, timeoutMs: limits.togetherMs },
  );
  const result = testResult(together);
  if (result !== undefined) return result;
  const alone = await runTests(root, files, { timeoutMs: limits.aloneMs, testLimitMs: limits.testMs });
  return {
    ...alone,
    failed: Math.max(1, alone.failed),
    summary: `did not finish in one process; file by file: ${alone.summary}`,
    detail: `${together.output}\nfile by file:\n${alone.detail}`,
  };
}
