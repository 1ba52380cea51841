import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listing, Revision, StoreEntry } from '@midonet/store';
import { RevisionReads } from './revision-reads.ts';

const [FIRST, SECOND] = [1, 2] as Revision[];

class CountedStore {
  reads = 0;
  failing = false;
  pageSize = 1;

  get(key: string, at?: Revision): Promise<StoreEntry | undefined> {
    this.reads += 1;
    if (this.failing) return Promise.reject(new Error('busy'));
    return Promise.resolve({ key, value: `${at}`, created: FIRST!, modified: FIRST! });
  }

  list(prefix: string): Promise<Listing> {
    this.reads += 1;
    const entry = { key: prefix, value: '', created: FIRST!, modified: FIRST! };
    return Promise.resolve({
      entries: Array.from({ length: this.pageSize }, () => entry),
      revision: FIRST!,
      more: false,
    });
  }
}

test('those who read the same at the same revision share one read', async () => {
  const store = new CountedStore();
  const reads = new RevisionReads(store);
  const [one, other] = await Promise.all([reads.get('port/1', FIRST!), reads.get('port/1', FIRST!)]);
  assert.equal(one, other);
  assert.equal(store.reads, 1);
  assert.equal((await reads.get('port/1', SECOND!))?.value, '2');
  await reads.page('port/', FIRST!, 10, undefined);
  await reads.page('port/', FIRST!, 10, undefined);
  await reads.page('port/', FIRST!, 10, 'port/1');
  assert.equal(store.reads, 4);
});

test('a read that failed is tried anew', async () => {
  const store = new CountedStore();
  const reads = new RevisionReads(store);
  store.failing = true;
  await assert.rejects(reads.get('port/1', FIRST!));
  store.failing = false;
  assert.equal((await reads.get('port/1', FIRST!))?.value, '1');
});

test('what is kept is bounded by its entries: the oldest is read again', async () => {
  const store = new CountedStore();
  const reads = new RevisionReads(store);
  await reads.get('port/1', FIRST!);
  store.pageSize = 1000;
  for (let i = 0; i < 17; i++) await reads.page(`${i}/`, FIRST!, 1000, undefined);
  store.reads = 0;
  await reads.page('16/', FIRST!, 1000, undefined);
  assert.equal(store.reads, 0);
  await reads.get('port/1', FIRST!);
  assert.equal(store.reads, 1);
});
