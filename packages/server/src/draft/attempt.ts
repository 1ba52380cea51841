import type { Author, Store } from '@midonet/store';
import { Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { DraftStore } from './draft-store.ts';

/** After this many lost races somebody is writing the same objects in a loop. */
const RETRIES = 5;
/** Writers of one tenant meet at its count; one of them gets through each time. */
const COUNT_RETRIES = 200;
const COUNTS = 'access/usage/';

export type AttemptModules = { readonly store: Store; readonly metrics: Metrics };

/**
 * Runs `work` on a draft and commits what it did as one transaction; again from the start when
 * somebody else changed what it relied on. `work` may throw a Refusal; then nothing was written.
 */
export async function inOneTransaction<T>(
  { store, metrics }: AttemptModules,
  author: Author,
  work: (draft: DraftStore) => Promise<T>,
): Promise<T> {
  let lost = 0;
  for (let attempt = 0; attempt <= COUNT_RETRIES && lost <= RETRIES; attempt++) {
    const draft = new DraftStore(store);
    const value = await work(draft);
    const result = await draft.finish(author);
    if (result.kind === 'committed') return value;
    metrics.conflicts.inc();
    if (!('key' in result.condition && result.condition.key.startsWith(COUNTS))) lost++;
  }
  throw new Refusal(409, 'others keep changing the same objects; try again');
}
