import { availableParallelism } from 'node:os';
import type { Step, StepResult } from './step.ts';

export type Total = { readonly passed: number; readonly failed: number; readonly seconds: number };

/**
 * Runs every step, `workers` side by side, and prints each with its time when it ends. A step that
 * fails prints its detail and stops nothing. One worker more than processors: steps wait now and then.
 */
export async function runSteps(
  root: string,
  steps: readonly Step[],
  workers = availableParallelism() + 1,
): Promise<Total> {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const started = performance.now();
  let [passed, failed] = [0, 0];
  const waiting = [...steps];
  const worker = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const before = performance.now();
      const result = await attempt(step, root);
      passed += result.passed;
      failed += result.failed;
      const seconds = ((performance.now() - before) / 1000).toFixed(1).padStart(6);
      console.log(
        `${result.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(width)} ${seconds} s  ${result.summary}`,
      );
      if (result.failed > 0) console.log(result.detail.trimEnd().replace(/^/gm, '     '));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return { passed, failed, seconds: (performance.now() - started) / 1000 };
}

async function attempt(step: Step, root: string): Promise<StepResult> {
  try {
    return await step.run(root);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { passed: 0, failed: 1, summary: 'the step itself broke', detail };
  }
}
