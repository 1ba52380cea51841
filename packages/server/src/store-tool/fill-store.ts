import { StoreError, type Revision, type Store, type StoreEntry, type Write } from '@midonet/store';

/** What goes from one store to another: keys and values without history. */
export type Row = Pick<StoreEntry, 'key' | 'value'>;

/** There while a store is being filled; a controller refuses to run over it. */
const UNFINISHED = 'secret/unfinished';
const AUTHOR = { user: 'midonet store' };
const PAGE = 1000;
/** One transaction of etcd carries 1.5 MiB. */
const MAX_ROWS = 500;
const MAX_LENGTH = 256 * 1024;
/** Commits under way at once; they share transactions. */
const PARALLEL = 256;

/**
 * Everything but what hangs on a lease (which host is alive, learned MACs): living agents write that
 * again. As of one revision, which is asked for first so that its history is still there.
 */
export async function* rowsOf(store: Store, at: Revision): AsyncGenerator<Row> {
  let after: string | undefined;
  for (let more = true; more;) {
    const page = await store.list('', { at, limit: PAGE, after });
    for (const { key, value, lease } of page.entries) if (lease === undefined) yield { key, value };
    after = page.entries.at(-1)?.key;
    more = page.more && after !== undefined;
  }
}

/**
 * Puts rows into an empty store and brings it past `revision`: agents resume by revision, and must
 * not take one of the store they knew for one of this. Its history starts behind it. Answers how many.
 */
export async function fillStore(store: Store, rows: AsyncIterable<Row>, revision: number): Promise<number> {
  if ((await store.list('', { limit: 1 })).entries.length > 0) {
    throw new StoreError('invalid', 'the store to write to is not empty; name another folder or --etcd-prefix');
  }
  await write(store, [{ kind: 'put', key: UNFINISHED, value: '{}' }]);
  let count = 0;
  let batch: Write[] = [];
  let length = 0;
  for await (const { key, value } of rows) {
    if (batch.length >= MAX_ROWS || (batch.length > 0 && length + value.length > MAX_LENGTH)) {
      await write(store, batch);
      batch = [];
      length = 0;
    }
    batch.push({ kind: 'put', key, value });
    length += value.length;
    count++;
  }
  if (batch.length > 0) await write(store, batch);
  await pass(store, revision);
  await write(store, [{ kind: 'delete', key: UNFINISHED }]);
  await store.compact(await store.revision());
  return count;
}

/** Throws StoreError 'corrupt' for a store that `fillStore` did not finish. */
export async function refuseUnfinished(store: Store): Promise<void> {
  if ((await store.get(UNFINISHED)) === undefined) return;
  throw new StoreError(
    'corrupt',
    'a copy or restore into this store did not end: do it again into another folder or --etcd-prefix',
  );
}

async function pass(store: Store, revision: number): Promise<void> {
  for (let missing = revision - (await store.revision()); missing > 0; missing -= PARALLEL) {
    const values = Array.from({ length: Math.min(PARALLEL, missing) }, (_, i) => JSON.stringify({ pass: missing - i }));
    await Promise.all(values.map((value) => write(store, [{ kind: 'put', key: UNFINISHED, value }])));
  }
}

async function write(store: Store, writes: readonly Write[]): Promise<void> {
  await store.commit({ author: AUTHOR, conditions: [], writes });
}
