import { StoreError, type Revision, type Store } from '@midonet/store';

/** The store as it was at a revision: reads as any other, and cannot be changed. */
export function storeAt(store: Store, revision: Revision): Store {
  const past = (): never => {
    throw new StoreError('invalid', 'the past cannot be changed');
  };
  return {
    revision: () => Promise.resolve(revision),
    get: (key, at) => store.get(key, at ?? revision),
    list: (prefix, options) => store.list(prefix, { ...options, at: options?.at ?? revision }),
    versions: (key, options) => {
      const end = (revision + 1) as Revision; // brand: the one after it
      const before = options.before === undefined || options.before > end ? end : options.before;
      return store.versions(key, { ...options, before });
    },
    event: (which) => store.event(which),
    revisionAt: (time) => store.revisionAt(time),
    commit: async () => past(),
    watch: (prefix, since, watcher) => store.watch(prefix, since, watcher),
    grantLease: async () => past(),
    renewLease: async () => past(),
    revokeLease: async () => past(),
    compact: async () => past(),
    close: async () => undefined,
  };
}
