import { wrap } from './wrap.ts';

/**
 * Rows under headings, columns two blanks apart. With `width` the widest columns give way until a
 * row fits; what was cut ends in `…`.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  if (width !== undefined) shrink(widths, width - 2 * (headings.length - 1));
  return all.map((row) => line(row, widths)).join('\n');
}

const NARROWEST = 8;

function shrink(widths: number[], room: number): void {
  let excess = widths.reduce((sum, one) => sum + one, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return;
    widths[widths.indexOf(widest)] = widest - 1;
    excess--;
  }
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? cell.length;
      return cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);
    })
    .join('  ')
    .trimEnd();
}

/** A table whose last column is text: it goes on in the next line rather than being cut. */
export function prose(headings: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const last = headings.length - 1;
  const head = [headings, ...rows].map((row) => row.slice(0, last));
  const widths = head.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), []);
  const indent = widths.reduce((sum, one) => sum + one + 2, 0);
  return [headings, ...rows]
    .map((row, index) => {
      const start = (head[index] ?? []).map((cell, i) => `${cell.padEnd(widths[i] ?? 0)}  `).join('');
      return `${start}${wrap(row[last] ?? '', indent, width)}`.trimEnd();
    })
    .join('\n');
}

/** One `name  value` line per field, names padded; a value that does not fit goes on below its beginning. */
export function fields(entries: readonly (readonly [string, string])[], width?: number): string {
  const indent = Math.max(0, ...entries.map(([name]) => name.length)) + 2;
  return entries.map(([name, value]) => `${name.padEnd(indent)}${wrap(value, indent, width)}`).join('\n');
}
