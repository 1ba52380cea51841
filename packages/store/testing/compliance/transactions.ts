import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from '../compliance.ts';
import { ManualClock } from '../manual-clock.ts';
import { at, attempt, author, put, rejectsWith, remove, show, write } from './steps.ts';

export function transactionCases(name: string, open: OpenStore): void {
  const clock = new ManualClock();

  test(`${name}: each commit takes the next revision, and entries tell when they were made and changed`, async () => {
    const store = await open({ clock });
    assert.equal(await store.revision(), 0);
    assert.equal(await write(store, put('a', '1'), put('b', '1')), 1);
    assert.equal(await write(store, put('a', '2')), 2);
    assert.deepEqual(await store.get('a'), { key: 'a', value: '2', created: 1, modified: 2 });
    await write(store, remove('a'), put('a', '3'));
    assert.deepEqual(await store.get('a'), { key: 'a', value: '3', created: 3, modified: 3 });
    assert.equal(await store.get('c'), undefined);
    await store.close();
  });

  test(`${name}: what changes nothing takes no revision`, async () => {
    const store = await open({ clock });
    await write(store, put('a', '1'));
    assert.equal(await write(store), 1);
    assert.equal(await write(store, remove('b'), { kind: 'deletePrefix', prefix: 'c/' }), 1);
    assert.equal(await write(store, put('c', '1'), remove('c')), 1);
    assert.equal(await store.revision(), 1);
    await store.close();
  });

  test(`${name}: a prefix deletion takes what is stored and what the same transaction put before`, async () => {
    const store = await open({ clock });
    await write(store, put('p/1', ''), put('p/2', ''), put('q', ''));
    await write(store, put('p/3', ''), { kind: 'deletePrefix', prefix: 'p/' }, put('p/4', ''));
    assert.equal(await show(store), 'p/4= q=');
    await store.close();
  });

  test(`${name}: a condition that does not hold is answered and nothing is written`, async () => {
    const store = await open({ clock });
    const first = await write(store, put('a/1', 'x'));
    await write(store, put('b/1', 'y'));
    const cases = [
      { kind: 'modified', key: 'a/1', revision: at(2) },
      { kind: 'modified', key: 'a/1', revision: 0 },
      { kind: 'exists', key: 'a/2' },
      { kind: 'unchangedSince', prefix: 'b/', revision: first },
    ] as const;
    for (const condition of cases) {
      assert.deepEqual(await attempt(store, [condition], put('z', '')), { kind: 'conflict', condition });
    }
    assert.equal(await store.revision(), 2);
    const holding = [
      { kind: 'modified', key: 'a/1', revision: first },
      { kind: 'modified', key: 'a/2', revision: 0 },
      { kind: 'exists', key: 'b/1' },
      { kind: 'unchangedSince', prefix: 'a/', revision: first },
      { kind: 'unchangedSince', prefix: '', revision: at(2) },
    ] as const;
    assert.deepEqual(await attempt(store, [...holding], put('z', '')), { kind: 'committed', revision: 3 });
    await store.close();
  });

  test(`${name}: a deletion counts as a change below its prefix`, async () => {
    const store = await open({ clock });
    const before = await write(store, put('a/1', ''), put('b', ''));
    await write(store, remove('a/1'));
    const result = await attempt(store, [{ kind: 'unchangedSince', prefix: 'a/', revision: before }], put('c', ''));
    assert.equal(result.kind, 'conflict');
    await store.close();
  });

  test(`${name}: of concurrent writers of one revision exactly one wins`, async () => {
    const store = await open({ clock });
    const revision = await write(store, put('counter', '0'));
    const condition = { kind: 'modified', key: 'counter', revision } as const;
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => attempt(store, [condition], put('counter', `${i}`))),
    );
    assert.equal(results.filter((result) => result.kind === 'committed').length, 1);
    assert.equal((await store.get('counter'))?.value, '0');
    await store.close();
  });

  test(`${name}: lists are in byte order of keys, by pages, and only below the prefix`, async () => {
    const store = await open({ clock });
    const keys = ['a', 'a/', 'a/1', 'a/10', 'a/2', 'a0', 'b', 'é', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{1f600}'];
    await write(store, ...[...keys].reverse().map((key) => put(key, '')));
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await store.list('', { limit: 5, after });
      seen.push(...page.entries.map((entry) => entry.key));
      after = seen.at(-1);
      more = page.more;
    }
    assert.deepEqual(seen, keys);
    assert.equal(await show(store, 'a/'), 'a/= a/1= a/10= a/2=');
    assert.equal(await show(store, '\u{d7ff}'), '\u{d7ff}=');
    assert.deepEqual((await store.list('a/', { after: 'a' })).entries.length, 4);
    assert.deepEqual((await store.list('a/', { after: 'b' })).entries, []);
    await store.close();
  });

  test(`${name}: any text is kept as it is, keys and values beyond the bounds are refused`, async () => {
    const store = await open({ clock });
    const value = '{"a":"\u{1f600}\\u0000\n\'"}';
    await write(store, put('k', value));
    assert.equal((await store.get('k'))?.value, value);
    await rejectsWith('invalid', attempt(store, [], put('', '')));
    await rejectsWith('invalid', attempt(store, [], put('a\0b', '')));
    await rejectsWith('tooLarge', attempt(store, [], put('k'.repeat(2000), '')));
    await rejectsWith('tooLarge', attempt(store, [], put('k', 'v'.repeat(2 ** 21))));
    assert.equal(await store.revision(), 1);
    await store.close();
  });

  test(`${name}: after close every call says so, and closing again is fine`, async () => {
    const store = await open({ clock });
    const last = store.commit({ author, conditions: [], writes: [put('a', '1')] });
    await store.close();
    assert.deepEqual(await last, { kind: 'committed', revision: 1 });
    await store.close();
    await rejectsWith('closed', store.get('a'));
    await rejectsWith('closed', store.commit({ author, conditions: [], writes: [] }));
    await rejectsWith('closed', store.grantLease(1000));
  });
}
