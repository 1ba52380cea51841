import type { Call, History } from '../history.ts';
import { bridgeIdOf, nameIn, valueAt, versionsOf } from './versions.ts';
import { print } from './writes.ts';

type Batch = Call & { readonly asked: { readonly kind: 'batch' } };

/** Batches are all or nothing, at one revision; who looks back to a revision sees exactly that. */
export function checkGroups(history: Pick<History, 'calls' | 'log'>): string[] {
  const wrong: string[] = [];
  const batches = new Map(
    history.calls
      .filter((call): call is Batch => call.asked.kind === 'batch')
      .map((call) => [call.asked.value, call] as const),
  );
  for (const { revision, changes } of history.log) {
    const names = new Map<string, string>();
    for (const [key, value] of changes) {
      const id = bridgeIdOf(key);
      if (id !== undefined && value !== null) names.set(id, nameIn(value));
    }
    for (const value of new Set(names.values())) {
      const batch = batches.get(value);
      if (batch === undefined) continue;
      for (const id of [...batch.asked.ids, batch.asked.added]) {
        if (names.get(id) !== value) wrong.push(`revision ${revision} has ${print(batch)} without ${id}`);
      }
    }
  }
  const versions = versionsOf(history);
  for (const call of history.calls) {
    const { asked, told } = call;
    if (asked.kind !== 'lookBack' || told.kind !== 'ok') continue;
    for (const id of asked.ids) {
      const was = valueAt(versions.get(id), asked.revision);
      if (told.values[id] !== was)
        wrong.push(`${print(call)} saw ${told.values[id] ?? 'nothing'}, not ${was ?? 'nothing'}`);
    }
  }
  return wrong;
}
