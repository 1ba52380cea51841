import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from '../compliance.ts';
import { ManualClock } from '../manual-clock.ts';
import type { VersionOptions } from '../../src/store.ts';
import { at, attempt, author, put, rejectsWith, remove, show, write } from './steps.ts';

export function historyCases(name: string, open: OpenStore): void {
  const clock = new ManualClock();

  test(`${name}: the store can be read as it was, until compaction forgets it`, async () => {
    const store = await open({ clock });
    await write(store, put('a', '1'), put('b', '1'));
    await write(store, put('a', '2'));
    await write(store, remove('b'), put('c', '3'));
    await write(store, put('b', '4'));
    const was = ['', 'a=1 b=1', 'a=2 b=1', 'a=2 c=3', 'a=2 b=4 c=3'];
    for (const [revision, text] of was.entries()) assert.equal(await show(store, '', at(revision)), text);
    assert.equal((await store.get('b', at(2)))?.value, '1');
    assert.equal(await store.get('b', at(3)), undefined);
    assert.equal((await store.list('', { at: at(2) })).revision, 2);
    await rejectsWith('invalid', store.get('a', at(5)));

    await store.compact(at(3));
    await rejectsWith('compacted', store.get('a', at(2)));
    await rejectsWith('compacted', store.list('', { at: at(2) }));
    assert.equal(await show(store, '', at(3)), 'a=2 c=3');
    assert.equal(await show(store, '', at(4)), 'a=2 b=4 c=3');
    assert.deepEqual(await store.get('a'), { key: 'a', value: '2', created: 1, modified: 2 });

    await store.compact(at(2)); // older than what is forgotten: nothing to do
    await store.compact(at(99)); // later than now: now
    assert.equal(await show(store), 'a=2 b=4 c=3');
    assert.equal(await write(store, put('a', '5')), 5);
    const unproved = await attempt(store, [{ kind: 'unchangedSince', prefix: 'zz', revision: at(2) }], put('d', ''));
    assert.equal(unproved.kind, 'conflict');
    await store.close();
  });

  test(`${name}: a key tells what it held, when and by whom`, async () => {
    const own = new ManualClock();
    const store = await open({ clock: own });
    const start = own.now();
    await write(store, put('a', '1'), put('b', '1'));
    own.advance(1000);
    await write(store, put('a', '2'));
    own.advance(1000);
    await write(store, remove('a'), put('c', '1'));
    own.advance(1000);
    await write(store, put('ab', 'other'));
    const told = async (options: VersionOptions): Promise<unknown[]> =>
      (await store.versions('a', options)).map(({ revision, at: when, author: who, entry }) => [
        revision,
        when === undefined ? undefined : when - start,
        who?.user,
        entry?.value,
      ]);
    const third = [3, 2000, 'tester', undefined];
    const second = [2, 1000, 'tester', '2'];
    assert.deepEqual(await told({ limit: 10 }), [third, second, [1, 0, 'tester', '1']]);
    assert.deepEqual(await told({ limit: 1 }), [third]);
    assert.deepEqual(await told({ limit: 1, before: at(3) }), [second]);
    assert.deepEqual(await store.versions('never', { limit: 10 }), []);

    const event = await store.event(at(3));
    assert.deepEqual(
      [event?.revision, event?.author, event?.changes.map((change) => change.kind)],
      [3, author, ['delete', 'put']],
    );
    assert.equal(await store.event(at(9)), undefined);

    const revisions = [-1, 0, 999, 1000, 2500, 3000].map((ms) => store.revisionAt(start + ms));
    assert.deepEqual(await Promise.all(revisions), [0, 1, 1, 2, 3, 4]);
    await rejectsWith('invalid', store.revisionAt(start + 3001));

    await store.compact(at(2));
    assert.deepEqual(await told({ limit: 10 }), [third, [2, undefined, undefined, '2']]);
    await rejectsWith('compacted', store.revisionAt(start + 1500));
    assert.equal(await store.revisionAt(start + 2000), 3);
    await rejectsWith('compacted', store.event(at(2)));
    await store.close();
  });

  test(`${name}: history beyond the retention goes by itself, the present stays`, async () => {
    const store = await open({ clock, retention: { revisions: 20 } });
    await write(store, put('keep', 'me'));
    for (let i = 0; i < 100; i++) await write(store, put(`k/${i % 3}`, `${i}`));
    await write(store, put('last', '')); // queued behind the compaction that the commits before asked for
    await rejectsWith('compacted', store.get('keep', at(50)));
    assert.equal((await store.get('k/0', at(99)))?.value, '96');
    assert.equal((await store.get('keep'))?.value, 'me');
    await store.close();
  });

  test(`${name}: history older than the retention goes by itself`, async () => {
    const own = new ManualClock();
    const store = await open({ clock: own, retention: { ms: 10_000 } });
    await write(store, put('a', '1'));
    own.advance(8000);
    await write(store, put('a', '2'));
    own.advance(8000);
    await write(store, put('b', ''));
    await rejectsWith('compacted', store.get('a', at(0)));
    assert.equal((await store.get('a', at(1)))?.value, '1');
    await store.close();
  });
}
