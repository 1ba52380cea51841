import { StoreError, type Revision, type Store, type StoreEvent } from '@midonet/store';

export type Change = { readonly at: number; readonly user: string };

/** Who last wrote what is under a key, and when; undefined when it is not there or its history is forgotten. */
export async function lastChange(store: Store, key: string): Promise<Change | undefined> {
  const entry = await store.get(key);
  if (entry === undefined) return undefined;
  const { promise, resolve } = Promise.withResolvers<StoreEvent | undefined>();
  // brand: the revision before the one that wrote it
  const before = (entry.modified - 1) as Revision;
  try {
    const stop = await store.watch(key, before, { onEvent: resolve, onEnd: () => resolve(undefined) });
    const event = await promise;
    stop();
    return event === undefined ? undefined : { at: event.at, user: event.author.user };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'compacted') return undefined;
    throw error;
  }
}
