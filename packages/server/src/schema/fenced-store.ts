import { StoreUpgraded, type CommitResult, type Revision, type Store, type Transaction } from '@midonet/store';
import { SCHEMA_KEY } from './schema-record.ts';

/**
 * The store as a controller may write it: only while the schema is the one it started with, which is a
 * condition of every transaction. A controller of an older program that still runs when a newer one
 * upgrades the store cannot put anything in the old form behind the upgrade; `onPassed` tells it that
 * its time is over.
 */
export async function fencedStore(store: Store, schema: Revision, onPassed: () => void): Promise<Store> {
  const condition = { kind: 'modified', key: SCHEMA_KEY, revision: schema } as const;
  let stop: () => void = () => undefined;
  let passed = false;
  const pass = (): void => {
    if (!passed) onPassed();
    passed = true;
  };
  const follow = async (): Promise<void> => {
    stop = await store.watch(SCHEMA_KEY, await store.revision(), {
      onEvent: pass,
      onEnd: (reason) => {
        if (reason !== 'closed') void follow().catch(() => undefined);
        else store.revision().catch((error: unknown) => error instanceof StoreUpgraded && pass());
      },
    });
    // Between the upgrade of this controller and its watch.
    if ((await store.get(SCHEMA_KEY))?.modified !== schema) pass();
  };
  await follow();
  return {
    revision: () => store.revision(),
    get: (key, at) => store.get(key, at),
    list: (prefix, options) => store.list(prefix, options),
    versions: (key, options) => store.versions(key, options),
    event: (revision) => store.event(revision),
    revisionAt: (time) => store.revisionAt(time),
    watch: (prefix, since, watcher) => store.watch(prefix, since, watcher),
    grantLease: (ttlMs) => store.grantLease(ttlMs),
    renewLease: (lease) => store.renewLease(lease),
    revokeLease: (lease) => store.revokeLease(lease),
    compact: (revision) => store.compact(revision),
    async commit(transaction: Transaction): Promise<CommitResult> {
      const result = await store.commit({ ...transaction, conditions: [condition, ...transaction.conditions] });
      if (result.kind === 'committed' || result.condition !== condition) return result;
      pass();
      throw new StoreUpgraded('the store was upgraded by a newer controller; this one stops');
    },
    async close() {
      stop();
      await store.close();
    },
  };
}
