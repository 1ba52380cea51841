/** Package name → what it may import of the others; 'anything' for rows that say so. */
export type ArrowTable = ReadonlyMap<
  string,
  { readonly may: ReadonlySet<string> | 'anything'; readonly pure: boolean }
>;

/**
 * Reads the table between `<!-- arrows -->` and `<!-- /arrows -->` of docs/architecture.md. The
 * first column may name several packages. Throws, naming the row, when a row does not parse or an
 * arrow points at its own row or at one that comes later: arrows only go down.
 */
export function parseArrowTable(markdown: string): ArrowTable {
  const block = /<!-- arrows -->([\s\S]*?)<!-- \/arrows -->/.exec(markdown)?.[1];
  if (block === undefined)
    throw new Error('docs/architecture.md: no table between <!-- arrows --> and <!-- /arrows -->');
  const rows = block.split('\n').filter((line) => line.startsWith('|'));
  const table = new Map<string, { may: ReadonlySet<string> | 'anything'; pure: boolean }>();
  for (const row of rows.slice(2)) {
    const cells = row.split('|').map((cell) => cell.trim());
    const [, names, holds, may] = cells;
    if (cells.length !== 5 || names === undefined || holds === undefined || may === undefined) {
      throw new Error(`docs/architecture.md: this row needs three columns: ${row}`);
    }
    const targets = may === 'anything' ? may : may === 'nothing' ? [] : may.split(',').map((name) => name.trim());
    if (targets !== 'anything') {
      for (const target of targets) {
        if (!table.has(target)) {
          throw new Error(`docs/architecture.md: ${names} may import ${target}, which is no row above it`);
        }
      }
    }
    for (const name of names.split(',')) {
      table.set(name.trim(), {
        may: targets === 'anything' ? targets : new Set(targets),
        pure: /\bpure\b/.test(holds),
      });
    }
  }
  return table;
}
