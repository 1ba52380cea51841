import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Revision, Store, Write } from '@midonet/store';
import { openMemoryStore } from '@midonet/store/memory';
import { DraftStore } from './draft-store.ts';

const author = { user: 'test' };
const put = (key: string, value = '1'): Write => ({ kind: 'put', key, value });

async function all(store: Store, prefix: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await store.list(prefix, { limit, after });
    found.push(...page.entries.map(({ key, value }) => `${key}=${value}`));
    after = page.entries.at(-1)?.key;
    if (!page.more || after === undefined) return found;
  }
}

const key = fc.constantFrom('a/1', 'a/2', 'a/3', 'a/\u{1f600}', 'a/\uffff', 'ab/1', 'b/1', 'b/2');
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, fc.constantFrom('1', '2')).map(([one, value]) => put(one, value)) },
  { weight: 2, arbitrary: key.map((one): Write => ({ kind: 'delete', key: one })) },
  fc.constantFrom('a/', 'a', 'b/').map((prefix): Write => ({ kind: 'deletePrefix', prefix })),
);

test('a draft reads as if its writes were done, page by page, and doing them gives just that', async () => {
  const batches = fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 8 }), batches, async (before, transactions) => {
      const [real, base] = [openMemoryStore(), openMemoryStore()];
      for (const store of [real, base]) await store.commit({ author, conditions: [], writes: before });
      const draft = new DraftStore(base);
      for (const writes of transactions) {
        for (const store of [real, draft]) await store.commit({ author, conditions: [], writes });
        for (const [prefix, limit] of [
          ['a', 1],
          ['a/', 2],
          ['b/', 100],
        ] as const) {
          assert.deepEqual(await all(draft, prefix, limit), await all(real, prefix, limit));
        }
        assert.equal((await draft.get('a/1'))?.value, (await real.get('a/1'))?.value);
      }
      assert.equal((await draft.finish(author)).kind, 'committed');
      assert.deepEqual(await all(base, 'a', 100), await all(real, 'a', 100));
      assert.deepEqual(await all(base, 'b', 100), await all(real, 'b', 100));
    }),
    { numRuns: 100 },
  );
});

test('what the transactions relied on must still hold when the draft is committed', async () => {
  const attempt = async (rely: (draft: DraftStore) => Promise<unknown>, meanwhile: Write) => {
    const kinds = new Set<string>();
    // Read as it is, and as it was when the draft began: whether somebody writes behind the reading, or before.
    for (const order of ['now', 'behind', 'before'] as const) {
      const base = openMemoryStore();
      await base.commit({ author, conditions: [], writes: [put('a/1'), put('b/1')] });
      const draft = new DraftStore(base, order === 'now' ? undefined : await base.revision());
      if (order === 'before') await base.commit({ author, conditions: [], writes: [meanwhile] });
      await rely(draft);
      await draft.commit({ author, conditions: [], writes: [put('c/1')] });
      if (order !== 'before') await base.commit({ author, conditions: [], writes: [meanwhile] });
      kinds.add((await draft.finish(author)).kind);
    }
    return [...kinds].join();
  };
  const read = (draft: DraftStore) => draft.relyingOn(() => draft.get('a/1'));
  const list = (draft: DraftStore) => draft.relyingOn(() => draft.list('a/'));
  const planned = (draft: DraftStore) =>
    draft.commit({ author, conditions: [{ kind: 'modified', key: 'b/2', revision: 0 }], writes: [put('b/2')] });
  assert.equal(await attempt(read, put('a/2')), 'committed');
  assert.equal(await attempt(read, put('a/1', '2')), 'conflict');
  assert.equal(await attempt(list, put('a/3')), 'conflict');
  assert.equal(await attempt(list, put('b/3')), 'committed');
  assert.equal(await attempt(planned, put('b/2')), 'conflict');
});

test('a draft of a moment reads that moment, whatever is written meanwhile', async () => {
  const base = openMemoryStore();
  await base.commit({ author, conditions: [], writes: [put('a/1'), put('a/2')] });
  const draft = new DraftStore(base, await base.revision());
  await base.commit({ author, conditions: [], writes: [put('a/1', '2'), put('a/3'), { kind: 'delete', key: 'a/2' }] });
  assert.equal((await draft.get('a/1'))?.value, '1');
  assert.deepEqual(await all(draft, 'a/', 1), ['a/1=1', 'a/2=1']);
  assert.ok((await draft.revision()) < (await base.revision()));
});

test('within a draft a condition on what it wrote itself is decided there', async () => {
  const draft = new DraftStore(openMemoryStore());
  const create = () =>
    draft.commit({ author, conditions: [{ kind: 'modified', key: 'a/1', revision: 0 }], writes: [put('a/1')] });
  assert.equal((await create()).kind, 'committed');
  assert.equal((await create()).kind, 'conflict', 'it is there now');
  const { modified } = (await draft.get('a/1')) ?? assert.fail();
  const change = (revision: Revision) =>
    draft.commit({ author, conditions: [{ kind: 'modified', key: 'a/1', revision }], writes: [put('a/1', '2')] });
  assert.equal((await change(modified)).kind, 'committed');
  assert.equal((await change(modified)).kind, 'conflict');
  const exists = { kind: 'exists', key: 'a/1' } as const;
  assert.equal((await draft.commit({ author, conditions: [exists], writes: [] })).kind, 'committed');
  await draft.commit({ author, conditions: [], writes: [{ kind: 'deletePrefix', prefix: 'a/' }] });
  assert.equal((await draft.commit({ author, conditions: [exists], writes: [] })).kind, 'conflict');
  assert.equal((await draft.finish(author)).kind, 'committed');
});
