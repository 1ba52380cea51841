import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PATTERNS = ['packages/*/{src,testing}/**/*.test.ts', 'bench/src/**/*.test.ts', 'tools/src/**/*.test.ts'];

/** Large enough that loading what the files share is a small part, small enough to spread over processors. */
const BATCH_FILES = 40;

export type Batch = { readonly name: string; readonly files: readonly string[] };

/** Its tests wait for time limits to pass, and leave the processors to whatever runs beside them. */
const WAITS = 'tools';

/**
 * The files of unit tests below `root`, in batches of one package each: first what waits, then those with
 * the longest text. They run longest, more or less, and a long one at the end would run alone.
 */
export function unitTestBatches(root: string): readonly Batch[] {
  const packages = Map.groupBy(globSync(PATTERNS, { cwd: root }).sort(), packageOf);
  const sizeOf = (file: string): number =>
    packageOf(file) === WAITS ? Number.MAX_SAFE_INTEGER : statSync(join(root, file)).size;
  const size = ({ files }: Batch): number => files.reduce((sum, file) => sum + sizeOf(file), 0);
  return [...packages].flatMap(([name, files]) => inBatches(name, files)).sort((a, b) => size(b) - size(a));
}

/** Neighbours go to different batches: slow files stand together, because they test one slow thing. */
export function inBatches(name: string, files: readonly string[], size = BATCH_FILES): readonly Batch[] {
  const count = Math.ceil(files.length / size);
  return Array.from({ length: count }, (_, batch) => ({
    name: count === 1 ? name : `${name} ${batch + 1}/${count}`,
    files: files.filter((_file, at) => at % count === batch),
  }));
}

function packageOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'packages' ? second : first;
}
