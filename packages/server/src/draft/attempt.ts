import { StoreError, type Author, type Store } from '@midonet/store';
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
    const ended = await tried(store, author, work);
    if (ended.kind === 'done') return ended.value;
    metrics.conflicts.inc();
    if (!ended.byCount) lost++;
  }
  throw new Refusal(409, 'others keep changing the same objects; try again');
}

type Ended<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'lost'; readonly byCount: boolean };

async function tried<T>(store: Store, author: Author, work: (draft: DraftStore) => Promise<T>): Promise<Ended<T>> {
  const draft = new DraftStore(store, await store.revision());
  try {
    const value = await work(draft);
    const result = await draft.finish(author);
    if (result.kind === 'committed') return { kind: 'done', value };
    const { condition } = result;
    return { kind: 'lost', byCount: 'key' in condition && condition.key.startsWith(COUNTS) };
  } catch (error) {
    // It took so long that what it read is forgotten.
    if (error instanceof StoreError && error.code === 'compacted') return { kind: 'lost', byCount: false };
    throw error;
  }
}
