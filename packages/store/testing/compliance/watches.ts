import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from '../compliance.ts';
import { ManualClock } from '../manual-clock.ts';
import { Recorder } from '../recorder.ts';
import { at, author, put, rejectsWith, remove, write } from './steps.ts';

export function watchCases(name: string, open: OpenStore): void {
  const clock = new ManualClock();

  test(`${name}: a watch tells what falls below its prefix, one event a revision, with author and time`, async () => {
    const store = await open({ clock });
    const recorder = new Recorder();
    await store.watch('a/', at(0), recorder);
    await write(store, put('a/1', 'x'), put('b', 'y'), put('a/2', 'z'));
    await write(store, put('b', 'w'));
    await write(store, remove('a/1'), put('a/2', 'v'));
    await recorder.until(({ events }) => events.length === 2);
    assert.deepEqual(recorder.lines(), ['1: put a/1=x, put a/2=z', '3: delete a/1, put a/2=v']);
    assert.deepEqual(recorder.events.at(0)?.author, author);
    assert.equal(recorder.events.at(0)?.at, clock.now());
    await store.close();
    assert.equal(recorder.ended, 'closed');
  });

  test(`${name}: from any revision: what was before, then what comes, in order and none twice`, async () => {
    const store = await open({ clock });
    for (let i = 1; i <= 1200; i++) void write(store, put(`k/${i % 7}`, `${i}`));
    await write(store, put('other', ''));
    for (const since of [0, 1, 600, 1200]) {
      const recorder = new Recorder();
      const base = await store.revision();
      const stop = await store.watch('k/', at(since), recorder);
      const now = write(store, put('k/live', `${since}`));
      await now;
      await recorder.until(({ events }) => events.at(-1)?.revision === base + 1);
      const revisions = recorder.events.map((event) => event.revision);
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((a, b) => a - b),
      );
      assert.ok(revisions.every((revision) => revision > since));
      const live = (await store.list('k/live')).entries.length === 1 ? revisions.length - (1200 - since) : 0;
      assert.ok(live >= 1, `all of history: ${revisions.length} events since ${since}`);
      stop();
    }
    await store.close();
  });

  test(`${name}: a stopped watch hears nothing more`, async () => {
    const store = await open({ clock });
    const stopped = new Recorder();
    const other = new Recorder();
    const stop = await store.watch('', at(0), stopped);
    await store.watch('', at(0), other);
    stop();
    await write(store, put('a', ''));
    await other.until(({ events }) => events.length === 1);
    assert.deepEqual([stopped.events.length, stopped.ended], [0, undefined]);
    await store.close();
    assert.equal(stopped.ended, undefined);
  });

  test(`${name}: a watcher that does not keep up is ended with overflow; others go on`, async () => {
    const store = await open({ clock, watchQueue: 10 });
    const slow = Object.assign(new Recorder(), { drained: () => new Promise<void>(() => undefined) });
    const quick = new Recorder();
    await store.watch('', at(0), slow);
    await store.watch('', at(0), quick);
    for (let i = 0; i < 20; i++) await write(store, put('a', `${i}`));
    await quick.until(({ events }) => events.length === 20);
    assert.deepEqual([slow.events.length, slow.ended, quick.ended], [1, 'overflow', undefined]);
    await store.close();
  });

  test(`${name}: a slow watcher gets the next event when it is ready`, async () => {
    const store = await open({ clock });
    let release = () => {};
    const slow = Object.assign(new Recorder(), { drained: () => new Promise<void>((resolve) => (release = resolve)) });
    await store.watch('', at(0), slow);
    await write(store, put('a', '1'));
    await write(store, put('a', '2'));
    assert.equal(slow.events.length, 1);
    release();
    await slow.until(({ events }) => events.length === 2);
    await store.close();
  });

  test(`${name}: watching from what is compacted ends the watch, from the future is refused`, async () => {
    const store = await open({ clock });
    for (let i = 0; i < 5; i++) await write(store, put('a', `${i}`));
    await store.compact(at(3));
    const old = new Recorder();
    await store.watch('', at(2), old);
    await old.until(({ ended }) => ended !== undefined);
    assert.deepEqual([old.ended, old.events.length], ['compacted', 0]);
    const kept = new Recorder();
    await store.watch('', at(3), kept);
    await kept.until(({ events }) => events.length === 2);
    assert.deepEqual(kept.lines(), ['4: put a=3', '5: put a=4']);
    await rejectsWith('invalid', store.watch('', at(6), new Recorder()));
    await store.close();
  });
}
