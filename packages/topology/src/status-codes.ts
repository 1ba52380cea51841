import type { NumberRange } from './filter-entities.ts';

/** Codes of HTTP as OpenStack writes them: `200`, `200-299` or several of these with commas between. */
export function parseCodes(text: string): readonly NumberRange[] | undefined {
  const ranges = text.split(',').map((part) => /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim()));
  const found = ranges.flatMap((match) =>
    match === null ? [] : [{ start: Number(match[1]), end: Number(match[2] ?? match[1]) }],
  );
  return found.length === ranges.length ? found : undefined;
}

export function printCodes(ranges: readonly NumberRange[]): string {
  return ranges.map(({ start, end }) => (start === end ? String(start) : `${start}-${end}`)).join(',');
}
