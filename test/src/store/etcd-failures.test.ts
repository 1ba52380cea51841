import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { StoreError, type Revision } from '@midonet/store';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster, Recorder } from '@midonet/store/testing';
import { author, checkNothingLost, put, Writers } from './writers.ts';

const limit = { timeout: 60_000 };
const start = 0 as Revision;
const cluster = await EtcdCluster.start(3);
/** Long enough that a machine which stalls for a moment still renews in time. */
const LEASE_MS = 5000;
let next = 0;

after(() => cluster.close());

/** Two controllers' stores over the same keys; `first` asks that member first. */
async function twoStores(first: number) {
  const urls = [...cluster.urls.slice(first), ...cluster.urls.slice(0, first)];
  const options = { urls, prefix: `/failures/${next++}`, attemptMs: 1000 };
  return { a: await openEtcdStore(options), b: await openEtcdStore(options) };
}

test(
  'the leader is killed, twice, while others write and watch: nothing is lost, nothing told twice',
  limit,
  async () => {
    const { a, b } = await twoStores(await cluster.ready());
    const watched = new Recorder();
    await b.watch('', start, watched);
    const writers = new Writers(a, 4);
    for (const round of [1, 2]) {
      await writers.until(round * 200 - 100);
      const leader = await cluster.ready();
      await cluster.kill(leader);
      await writers.until(round * 200);
      cluster.run(leader);
      await cluster.ready();
    }
    await writers.stop();
    await checkNothingLost(b, writers, watched);
    assert.equal(watched.ended, undefined);
    assert.ok(writers.slowestMs < 6000, `a write took ${Math.round(writers.slowestMs)} ms`);
    await Promise.all([a.close(), b.close()]);
  },
);

test(
  'the leader stalls, as on a disk that hangs, and comes back: late requests change nothing twice',
  limit,
  async () => {
    const { a, b } = await twoStores(await cluster.ready());
    const watched = new Recorder();
    await b.watch('', start, watched);
    const writers = new Writers(a, 4);
    await writers.until(50);
    const leader = await cluster.ready();
    cluster.signal(leader, 'SIGSTOP');
    await writers.until(writers.acknowledged.size + 100);
    cluster.signal(leader, 'SIGCONT');
    await cluster.ready();
    await writers.until(writers.acknowledged.size + 100);
    await writers.stop();
    await checkNothingLost(b, writers, watched);
    await Promise.all([a.close(), b.close()]);
  },
);

test('without a majority writes and reads of now say so, the past is still read; then it goes on', limit, async () => {
  const options = {
    urls: cluster.urls,
    prefix: `/failures/${next++}`,
    attemptMs: 300,
    operationMs: 1200,
    sessionMs: 1000,
  };
  const store = await openEtcdStore(options);
  const watched = new Recorder();
  await store.watch('', start, watched);
  const lease = await store.grantLease(LEASE_MS);
  const renewing = setInterval(() => void store.renewLease(lease).catch(() => undefined), 100).unref();
  const hangs = { kind: 'put', key: 'row', value: '', lease } as const;
  await store.commit({ author, conditions: [], writes: [hangs] });
  await Promise.all([cluster.kill(0), cluster.kill(1)]);
  const unavailable = (error: unknown) =>
    error instanceof StoreError && error.code === 'unavailable' && /majority/.test(error.message);
  await assert.rejects(put(store, 'meanwhile'), unavailable);
  await assert.rejects(store.revision(), unavailable);
  assert.ok(await store.get('row', 1 as Revision));
  // Renewing asks nobody: without a pause between its answers no timer would ever run.
  const renewed = async (): Promise<boolean> => {
    await setTimeout(20);
    try {
      await store.renewLease(lease);
      return true;
    } catch (error) {
      if (unavailable(error)) return false;
      throw error;
    }
  };
  while (await renewed()); // until the controller's session is not sure any more
  await setTimeout(LEASE_MS);
  assert.equal(watched.ended, undefined);
  cluster.run(0);
  cluster.run(1);
  await cluster.ready();
  const revision = await put(store, 'after');
  await watched.until(({ events }) => events.at(-1)?.revision === revision);
  assert.deepEqual(
    watched.events.map((event) => Number(event.revision)),
    Array.from({ length: revision }, (_, i) => i + 1),
  );
  while (!(await renewed()));
  clearInterval(renewing);
  assert.ok(await store.get('row'), 'nobody could renew it meanwhile, so that time does not count');
  await store.close();
});

test('a store cannot be opened without etcd, and says where it looked', limit, async () => {
  const opening = openEtcdStore({ urls: ['http://127.0.0.1:9'], operationMs: 500 });
  await assert.rejects(
    opening,
    (error) => error instanceof StoreError && error.code === 'unavailable' && error.message.includes('127.0.0.1:9'),
  );
});
