import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openMemoryStore } from '@midonet/store/memory';
import type { ListOptions, Store } from '@midonet/store';
import { KeyWalk } from './key-walk.ts';

const author = { user: 'test' };

async function storeOf(keys: readonly string[]): Promise<Store> {
  const store = openMemoryStore();
  const writes = keys.map((key) => ({ kind: 'put', key, value: '' }) as const);
  await store.commit({ author, conditions: [], writes });
  return store;
}

/** Counts what is asked, and how many rows came. */
function counting(store: Store): { list: Store['list']; asked: number; rows: number } {
  const counted = {
    asked: 0,
    rows: 0,
    list: async (prefix: string, options?: ListOptions) => {
      const page = await store.list(prefix, options);
      counted.asked++;
      counted.rows += page.entries.length;
      return page;
    },
  };
  return counted;
}

const id = (n: number): string => String(n).padStart(6, '0');

test('a walk finds what a list of each object finds, wherever the rows and the wanted ones are', async () => {
  // Rows of an object, for many objects, in runs: all, few, or none of the next ones have any.
  const runs = fc.array(fc.record({ objects: fc.nat(40), rows: fc.constantFrom(0, 0, 1, 3, 20) }), { maxLength: 8 });
  const steps = fc.array(fc.constantFrom(1, 1, 1, 2, 30), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(runs, steps, async (all, wanted) => {
      let object = 0;
      const keys = all.flatMap(({ objects, rows }) =>
        Array.from({ length: objects }, () => id(object++)).flatMap((one) =>
          Array.from({ length: rows }, (_, row) => `x/${one}/${row}`),
        ),
      );
      const store = await storeOf([...keys, 'w/1', 'y/1']);
      const walk = new KeyWalk(store, 'x/');
      let at = -1;
      for (const step of wanted) {
        at += step;
        const found: string[] = [];
        await walk.each(`x/${id(at)}/`, ({ key }) => found.push(key));
        assert.deepEqual(
          found,
          (await store.list(`x/${id(at)}/`)).entries.map(({ key }) => key),
        );
      }
      await store.close();
    }),
    { numRuns: 60 },
  );
});

test('objects that lie together share pages, and those far apart cost a few rows each', async () => {
  await using store = Object.assign(await storeOf(Array.from({ length: 20_000 }, (_, n) => `x/${id(n)}`)), {
    [Symbol.asyncDispose]: () => store.close(),
  });
  const dense = counting(store);
  const walk = new KeyWalk(dense, 'x/');
  let found = 0;
  for (let n = 0; n < 20_000; n++) await walk.each(`x/${id(n)}`, () => found++);
  assert.equal(found, 20_000);
  assert.ok(dense.asked < 100, `${dense.asked} questions`);
  const sparse = counting(store);
  const far = new KeyWalk(sparse, 'x/');
  for (let n = 0; n < 20_000; n += 1_000) await far.each(`x/${id(n)}`, () => found++);
  assert.equal(found, 20_020);
  assert.ok(sparse.rows <= 20 * 8, `${sparse.rows} rows`);
});

test('what is of no interest among the rows of one object is jumped over', async () => {
  const dull = Array.from({ length: 5_000 }, (_, n) => `x/1/b/${id(n)}`);
  const store = await storeOf(['x/1/a/1', ...dull, 'x/1/c/1', 'x/2/a/1']);
  const counted = counting(store);
  const walk = new KeyWalk(counted, 'x/');
  const found: string[] = [];
  const skip = (last: string): string => (last.startsWith('x/1/b/') ? 'x/1/c/' : last);
  await walk.each('x/1/', ({ key }) => key.includes('/b/') || found.push(key), skip);
  await walk.each('x/2/', ({ key }) => found.push(key), skip);
  assert.deepEqual(found, ['x/1/a/1', 'x/1/c/1', 'x/2/a/1']);
  assert.ok(counted.rows < 100, `${counted.rows} rows`);
  await store.close();
});
