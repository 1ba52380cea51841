import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { sourceFiles } from './source-files.ts';

/** Small rooms: no source file has more lines than this, tests included. */
export const LINE_LIMIT = 500;

const ENDINGS = ['.ts', '.tsx', '.c', '.h', '.sh'];

export type SizeReport = { readonly findings: readonly Finding[]; readonly files: number; readonly median: number };

/** Counts the lines of every source file. `generated` is the marker that exempts tables made by a tool. */
export function checkSizes(root: string, generated = '@generated'): SizeReport {
  const findings: Finding[] = [];
  const sizes: number[] = [];
  for (const file of sourceFiles(root, ENDINGS)) {
    const text = readFileSync(join(root, file), 'utf8');
    if (text.slice(0, 500).includes(generated)) continue;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    sizes.push(lines);
    if (lines > LINE_LIMIT) {
      findings.push({
        file,
        message: `has ${lines} lines; the limit is ${LINE_LIMIT}: give its parts rooms of their own`,
      });
    }
  }
  sizes.sort((a, b) => a - b);
  return { findings, files: sizes.length, median: sizes[Math.floor(sizes.length / 2)] ?? 0 };
}
