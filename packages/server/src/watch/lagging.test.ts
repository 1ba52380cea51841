import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store, Watcher } from '@midonet/store';
import { openMemoryStore } from '@midonet/store/memory';
import { startHarness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

/** A store whose news can be held up, as etcd's are for a controller that it does not reach. */
function holding(base: Store): { readonly store: Store; hold(): void; release(): void } {
  let held: (() => void)[] | undefined;
  const through = (watcher: Watcher): Watcher => ({
    onEvent: (event) => {
      if (held === undefined) watcher.onEvent(event);
      else held.push(() => watcher.onEvent(event));
    },
    onEnd: (reason) => watcher.onEnd(reason),
  });
  const watch: Store['watch'] = (prefix, since, watcher) => base.watch(prefix, since, through(watcher));
  const store = new Proxy(base, {
    get(target, name) {
      if (name === 'watch') return watch;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member;
    },
  });
  return {
    store,
    hold: () => void (held = []),
    release: () => {
      for (const tell of held ?? []) tell();
      held = undefined;
    },
  };
}

test('a controller that is behind greets nobody until it has caught up: no watcher goes back in time', async () => {
  const held = holding(openMemoryStore());
  const { store } = held;
  await using ahead = await startHarness({ store });
  await using h = await startHarness({ store });
  const before = await WatchClient.connect(ahead.controller.url);
  await before.hello();
  held.hold();
  const { id } = await ahead.client.bridges.create({ body: { name: 'seen elsewhere' } });
  const seen = await store.revision();
  const watch = await WatchClient.connect(h.controller.url);
  watch.send({ op: 'hello', protocol: 1 });
  // It is heard and not greeted: whatever else is said is answered first.
  watch.socket.send('nonsense');
  await watch.next('refused');
  assert.equal(watch.seen.length, 0);
  held.release();
  assert.ok((await watch.next('welcome')).revision >= seen);
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id }, since: seen });
  await h.client.bridges.update({ id, body: { name: 'news' } });
  assert.ok((await watch.next('delta')).revision > seen);
  assert.ok(!watch.seen.some(({ op }) => op === 'snapshot' || op === 'resync'));
  for (const each of [before, watch]) await each.close();
});
