import type { Step } from '../step.ts';
import { unitTestBatches } from './batches.ts';
import { runBatch } from './run-batch.ts';

/** The unit tests of the repository at `root`, a step for each batch. */
export function unitTestSteps(root: string): readonly Step[] {
  return unitTestBatches(root).map(({ name, files }) => ({
    name: `unit tests: ${name}`,
    run: (folder) => runBatch(folder, files),
  }));
}
