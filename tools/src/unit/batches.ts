import { globSync } from 'node:fs';

const PATTERNS = ['packages/*/{src,testing}/**/*.test.ts', 'tools/src/**/*.test.ts'];

/** Large enough that loading what the files share is a small part, small enough to spread over processors. */
const BATCH_FILES = 16;

export type Batch = { readonly name: string; readonly files: readonly string[] };

/** The files of unit tests below `root`, in batches of one package each, those with most files first. */
export function unitTestBatches(root: string): readonly Batch[] {
  const packages = Map.groupBy(globSync(PATTERNS, { cwd: root }).sort(), packageOf);
  return [...packages]
    .flatMap(([name, files]) => inBatches(name, files))
    .sort((a, b) => b.files.length - a.files.length);
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
