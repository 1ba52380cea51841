import { DEFAULT_TEMPLATE, type ConfTree, type ConfValue } from '@midonet/topology';

export { DEFAULT_TEMPLATE, type ConfTree, type ConfValue };

export function isConfTree(value: unknown): value is ConfTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The upper tree over the lower one: objects are merged, everything else is replaced. */
export function mergeConf(upper: ConfTree, lower: ConfTree): ConfTree {
  const merged = new Map<string, ConfValue>(Object.entries(lower));
  for (const [name, value] of Object.entries(upper)) {
    const below = merged.get(name);
    merged.set(name, isConfTree(value) && isConfTree(below) ? mergeConf(value, below) : value);
  }
  return Object.fromEntries(merged);
}

/** The same tree without what was taken away with null, and without objects that are empty by that. */
export function withoutNulls(tree: ConfTree): ConfTree {
  const kept = Object.entries(tree).flatMap(([name, value]): [string, ConfValue][] => {
    if (value === null) return [];
    if (!isConfTree(value)) return [[name, value]];
    const inner = withoutNulls(value);
    const isEmptied = Object.keys(inner).length === 0 && Object.keys(value).length > 0;
    return isEmptied ? [] : [[name, inner]];
  });
  return Object.fromEntries(kept);
}

/** What is at a path; undefined where there is nothing. */
export function confAt(tree: ConfTree, path: readonly string[]): ConfValue | undefined {
  let at: ConfValue | undefined = tree;
  for (const name of path) at = isConfTree(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** A tree with that value at that path and nothing else. */
export function confOf(path: readonly string[], value: ConfValue): ConfTree {
  const [name, ...rest] = path;
  if (name === undefined) return isConfTree(value) ? value : {};
  return { [name]: rest.length === 0 ? value : confOf(rest, value) };
}

/** Every value that is no object, with its path, in the order of the tree. */
export function confLeaves(tree: ConfTree, above: readonly string[] = []): [path: string[], value: ConfValue][] {
  return Object.entries(tree).flatMap(([name, value]): [string[], ConfValue][] => {
    const path = [...above, name];
    return isConfTree(value) ? confLeaves(value, path) : [[path, value]];
  });
}

/** `agent.loggers.root`; names that are no plain words in quotes. */
export function formatConfPath(path: readonly string[]): string {
  return path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name))).join('.');
}

/** Undefined for what is no path. */
export function parseConfPath(text: string): string[] | undefined {
  const names = [...text.matchAll(/(?:^|\.)(?:([A-Za-z0-9_-]+)|("(?:[^"\\]|\\.)*"))(?=\.|$)/g)];
  if (names.map(([whole]) => whole).join('') !== text || names.length === 0 || text.startsWith('.')) return undefined;
  try {
    return names.map(([, plain, quoted]) => plain ?? String(JSON.parse(quoted ?? '""')));
  } catch {
    return undefined;
  }
}

/** As the API answers it: JSON, which is HOCON, with names in order. */
export function renderConf(tree: ConfTree): string {
  return `${JSON.stringify(sorted(tree), undefined, 4)}\n`;
}

function sorted(value: ConfValue): ConfValue {
  if (!isConfTree(value)) return value;
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]));
}
