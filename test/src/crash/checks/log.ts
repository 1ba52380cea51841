import type { History } from '../history.ts';

/** The store's own account of itself: no revision is missing, and what it adds up to is what is there. */
export function checkLog({ log, final }: Pick<History, 'log' | 'final'>): string[] {
  const wrong: string[] = [];
  const state = new Map<string, string>();
  for (const [at, { revision, changes }] of log.entries()) {
    if (revision !== at + 1) return [`the log goes from revision ${log[at - 1]?.revision ?? 0} to ${revision}`];
    for (const [key, value] of changes) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
  }
  const last = log.at(-1)?.revision ?? 0;
  if (last !== final.revision) wrong.push(`the log ends at revision ${last}, the store is at ${final.revision}`);
  const there = new Map(final.items);
  for (const [key, value] of state) {
    if (there.get(key) !== value) wrong.push(`${key} should be ${value} and is ${there.get(key) ?? 'not there'}`);
  }
  for (const key of there.keys()) if (!state.has(key)) wrong.push(`${key} is there, and the log has it not`);
  return wrong;
}
