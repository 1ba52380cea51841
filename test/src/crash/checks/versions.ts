import type { History } from '../history.ts';

/** From this revision on an object had that name; undefined: it was deleted. */
export type Version = { readonly revision: number; readonly value: string | undefined };

const PREFIX = 'bridge/';

export function bridgeIdOf(key: string): string | undefined {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

export function nameIn(value: string): string {
  const name: unknown = Reflect.get(JSON.parse(value) as object, 'name');
  return typeof name === 'string' ? name : '';
}

/** The names of each bridge in the order of the store. */
export function versionsOf({ log }: Pick<History, 'log'>): ReadonlyMap<string, readonly Version[]> {
  const versions = new Map<string, Version[]>();
  for (const { revision, changes } of log) {
    for (const [key, value] of changes) {
      const id = bridgeIdOf(key);
      if (id === undefined) continue;
      const list = versions.get(id) ?? [];
      list.push({ revision, value: value === null ? undefined : nameIn(value) });
      versions.set(id, list);
    }
  }
  return versions;
}

/** The name of a bridge at a revision. */
export function valueAt(versions: readonly Version[] | undefined, revision: number): string | undefined {
  return versions?.findLast((version) => version.revision <= revision)?.value;
}
