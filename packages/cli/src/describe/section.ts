import { table } from '../output/table.ts';

/** One kind of things that hang on an object: as a table for people, as values for programs. */
export type Section = {
  /** In JSON the key of `items`, in text the title. */
  readonly name: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly items: readonly unknown[];
};

export function section<T>(
  name: string,
  headings: readonly string[],
  items: readonly T[],
  row: (item: T) => readonly string[],
): Section {
  return { name, headings, rows: items.map(row), items };
}

/** Title and table, indented; nothing at all for an empty one. */
export function sectionText({ name, headings, rows }: Section, width: number | undefined): string[] {
  if (rows.length === 0) return [];
  const text = table(headings, rows, width === undefined ? undefined : width - 2);
  return ['', `${name}:`, ...text.split('\n').map((line) => `  ${line}`)];
}
