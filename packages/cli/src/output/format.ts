import { stringify } from 'yaml';
import { usageError } from '../cli-error.ts';

/** `table` is cut to the terminal; `wide` is not, and has whole ids. */
export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** What --output and --json ask for together. */
export function formatOf(text: string | undefined, json: boolean): Format {
  if (text === undefined) return json ? 'json' : 'table';
  const found = FORMATS.find((one) => one === text);
  if (found === undefined) throw usageError(`--output: "${text}" is no format; there is ${FORMATS.join(', ')}`);
  if (json && found !== 'json') throw usageError('--json and --output ask for different formats');
  return found;
}

export function structured(value: unknown, format: Format): string {
  // Through JSON, so that both say the same.
  const text = JSON.stringify(value, undefined, 2);
  return format === 'yaml' ? stringify(JSON.parse(text), { lineWidth: 0 }).trimEnd() : text;
}
