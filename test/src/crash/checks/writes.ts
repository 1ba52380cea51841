import type { Asked, Call, History } from '../history.ts';
import { versionsOf, type Version } from './versions.ts';

/** What may be refused, beside a lost race that went on for too long (409). */
const MAY_REFUSE: Readonly<Record<Asked['kind'], readonly number[]>> = {
  create: [],
  delete: [],
  write: [],
  cas: [412],
  read: [],
  batch: [412],
  lookBack: [],
};

/**
 * What was acknowledged is kept, what was refused was not done, what has an unknown fate was done once
 * at most, and nothing comes from nowhere. Every controller shows the same in the end.
 */
export function checkWrites(history: Pick<History, 'calls' | 'log' | 'views'>): string[] {
  const versions = versionsOf(history);
  const wrong: string[] = [];
  /** Where each value was written. */
  const places = new Map<string, { readonly id: string; readonly revision: number }[]>();
  for (const [id, list] of versions) {
    for (const { value, revision } of list) {
      if (value === undefined) continue;
      places.set(value, [...(places.get(value) ?? []), { id, revision }]);
    }
  }
  const asked = new Set<string>();
  for (const call of history.calls) {
    const { asked: what, told } = call;
    if (told.kind === 'refused' && told.status !== 409 && !MAY_REFUSE[what.kind].includes(told.status)) {
      wrong.push(`${print(call)} was refused with ${told.status}: ${told.why}`);
    }
    if (what.kind === 'delete') wrong.push(...checkDeletion(call, versions.get(what.id)));
    if (!('value' in what)) continue;
    asked.add(what.value);
    const found = places.get(what.value) ?? [];
    const each = what.kind === 'batch' ? what.ids.length + 1 : 1;
    const expected = told.kind === 'ok' ? [each] : told.kind === 'refused' ? [0] : [0, each];
    if (!expected.includes(found.length)) {
      wrong.push(`${print(call)} was ${told.kind} and is there ${found.length} times of ${each}`);
    }
    if (what.kind === 'create' && told.kind === 'ok' && found[0] !== undefined && !(found[0].id in told.values)) {
      wrong.push(`${print(call)} was told another id than ${found[0].id}`);
    }
  }
  for (const value of places.keys()) if (!asked.has(value)) wrong.push(`nobody asked for ${value}`);
  return [...wrong, ...checkViews(history, versions)];
}

function checkDeletion(call: Call, versions: readonly Version[] = []): string[] {
  const deletions = versions.filter(({ value }) => value === undefined).length;
  const gone = versions.at(-1)?.value === undefined;
  switch (call.told.kind) {
    case 'ok':
      return deletions === 1 && gone ? [] : [`${print(call)} was done, and it was deleted ${deletions} times`];
    case 'refused':
      return deletions === 0 ? [] : [`${print(call)} was refused and done`];
    case 'unknown':
      return deletions === 0 || (deletions === 1 && gone) ? [] : [`${print(call)} was done ${deletions} times`];
  }
}

function checkViews({ views }: Pick<History, 'views'>, versions: ReadonlyMap<string, readonly Version[]>): string[] {
  const wrong: string[] = [];
  for (const { controller, values } of views) {
    for (const [id, list] of versions) {
      const value = list.at(-1)?.value;
      if (values[id] !== value) {
        wrong.push(`${controller} shows ${values[id] ?? 'nothing'} at the end for ${id}, not ${value ?? 'nothing'}`);
      }
    }
    for (const id of Object.keys(values))
      if (!versions.has(id)) wrong.push(`${controller} shows ${id}, which never was`);
  }
  return wrong;
}

export function print({ client, asked, start, end }: Call): string {
  return `client ${client}, ${start.toFixed(1)} to ${end.toFixed(1)} ms, ${JSON.stringify(asked)}`;
}
