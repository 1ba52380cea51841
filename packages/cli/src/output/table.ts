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

/** One `name  value` line per field, names padded. */
export function fields(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
