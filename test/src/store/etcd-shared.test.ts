import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { inOneReading, StoreError, type LeaseId, type Revision, type Store } from '@midonet/store';
import { openEtcdStore, type EtcdStoreOptions } from '@midonet/store/etcd';
import { EtcdCluster, ManualClock, Recorder } from '@midonet/store/testing';
import { TcpProxy } from './tcp-proxy.ts';
import { author, put } from './writers.ts';

const run = promisify(execFile);
const limit = { timeout: 30_000 };
const start = 0 as Revision;
const cluster = await EtcdCluster.start(1);
const direct = cluster.urls[0] ?? '';
let next = 0;

after(() => cluster.close());

const newPrefix = () => `/shared/${next++}`;
const open = (prefix: string, options: Partial<EtcdStoreOptions> = {}) =>
  openEtcdStore({ urls: cluster.urls, prefix, ...options });

/** etcd's own tool, as an operator would look. */
async function etcdctl(...args: string[]): Promise<string> {
  const { stdout } = await run('etcdctl', ['--endpoints', direct, ...args], { env: { ETCDCTL_API: '3' } });
  return stdout;
}

const unavailable = (error: unknown) => error instanceof StoreError && error.code === 'unavailable';
const leaseGone = (error: unknown) => error instanceof StoreError && error.code === 'leaseGone';

function hang(store: Store, key: string, lease: LeaseId) {
  return store.commit({ author, conditions: [], writes: [{ kind: 'put', key, value: '', lease }] });
}

test('an answer that is lost on the way: the write counts once, at the revision it got', limit, async () => {
  const proxy = await TcpProxy.to(direct);
  const prefix = newPrefix();
  const store = await open(prefix, { urls: [proxy.url, direct], attemptMs: 300 });
  await put(store, 'a', '1');
  proxy.mute();
  assert.equal(await put(store, 'b', '2'), 2);
  assert.equal(await store.revision(), 2);
  const other = await open(prefix);
  assert.deepEqual(await other.get('b'), { key: 'b', value: '2', created: 2, modified: 2 });
  assert.equal(await other.revision(), 2);
  await Promise.all([store.close(), other.close()]);
  proxy.close();
});

test('reads that belong together ask etcd once, and see what was committed before them', limit, async () => {
  const proxy = await TcpProxy.to(direct);
  const prefix = newPrefix();
  const store = await open(prefix, { urls: [proxy.url], attemptMs: 300, operationMs: 5_000 });
  const other = await open(prefix);
  const value = async () => (await store.get('a'))?.value;
  for (let n = 0; n < 20; n++) {
    await put(other, 'a', String(n));
    assert.deepEqual(await inOneReading(async () => [await value(), await value()]), [String(n), String(n)]);
  }
  const end = Promise.withResolvers<undefined>();
  let afterwards: Promise<string | undefined> | undefined;
  await inOneReading(async () => {
    assert.equal(await value(), '19');
    afterwards = end.promise.then(value);
    proxy.mute();
    await put(other, 'a', 'later');
    // It began before that.
    assert.equal(await value(), '19');
  });
  end.resolve(undefined);
  // What a revision changed stays so.
  assert.equal((await store.event(1 as Revision))?.changes.length, 1);
  await Promise.all([
    assert.rejects(async () => afterwards, unavailable),
    assert.rejects(inOneReading(value), unavailable),
  ]);
  proxy.close();
  await Promise.all([store.close(), other.close()]);
});

test(
  'what is refused for good is known to be refused: a condition that fails behind a lost answer',
  limit,
  async () => {
    const proxy = await TcpProxy.to(direct);
    const prefix = newPrefix();
    const store = await open(prefix, { urls: [proxy.url, direct], attemptMs: 300 });
    const other = await open(prefix);
    const revision = await put(other, 'a', '1');
    const condition = { kind: 'modified', key: 'a', revision } as const;
    const write = { kind: 'put', key: 'a', value: 'mine' } as const;
    assert.ok(await store.get('a'));
    proxy.mute();
    const [mine, theirs] = await Promise.all([
      store.commit({ author, conditions: [condition], writes: [write] }),
      other.commit({ author, conditions: [condition], writes: [{ ...write, value: 'theirs' }] }),
    ]);
    const winner = mine.kind === 'committed' ? 'mine' : 'theirs';
    assert.deepEqual([mine.kind, theirs.kind].sort(), ['committed', 'conflict']);
    assert.equal((await other.get('a'))?.value, winner);
    proxy.close();
    await Promise.all([store.close(), other.close()]);
  },
);

test(
  'several controllers: of concurrent writers one wins, and each reads at once what another wrote',
  limit,
  async () => {
    const prefix = newPrefix();
    const stores = await Promise.all([open(prefix), open(prefix), open(prefix)]);
    const [first] = stores;
    for (let round = 0; round < 20; round++) {
      const before = await first.get('counter');
      const condition = { kind: 'modified', key: 'counter', revision: before?.modified ?? (0 as const) } as const;
      const results = await Promise.all(
        stores.map((store, i) =>
          store.commit({
            author,
            conditions: [condition],
            writes: [{ kind: 'put', key: 'counter', value: `${round} ${i}` }],
          }),
        ),
      );
      assert.equal(results.filter(({ kind }) => kind === 'committed').length, 1);
      const winner = results.findIndex(({ kind }) => kind === 'committed');
      for (const store of stores) assert.equal((await store.get('counter'))?.value, `${round} ${winner}`);
    }
    assert.equal(await first.revision(), 20);
    await Promise.all(stores.map((store) => store.close()));
  },
);

test('independent writers on three controllers all get through, each with a revision of its own', limit, async () => {
  const prefix = newPrefix();
  const stores = await Promise.all([open(prefix), open(prefix), open(prefix)]);
  const jobs = stores.flatMap((store, i) => Array.from({ length: 100 }, (_, n) => put(store, `k/${i}/${n}`)));
  const revisions = await Promise.all(jobs);
  assert.deepEqual(
    [...revisions].sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  await Promise.all(stores.map((store) => store.close()));
});

test('history outlives the process: who, when, and the store as it was', limit, async () => {
  const prefix = newPrefix();
  const clock = new ManualClock();
  const before = await open(prefix, { clock });
  await put(before, 'a', '1');
  await put(before, 'a', '2');
  await put(before, 'big', 'x'.repeat(500_000));
  await before.compact(1 as Revision);
  await put(before, 'a', '3');
  await before.close();
  const after = await open(prefix);
  const watched = new Recorder();
  await after.watch('a', 1 as Revision, watched);
  await watched.until(({ events }) => events.length === 2);
  assert.deepEqual(watched.lines(), ['2: put a=2', '4: put a=3']);
  assert.deepEqual([watched.events[0]?.author, watched.events[0]?.at], [author, clock.now()]);
  assert.equal((await after.get('a', 2 as Revision))?.value, '2');
  assert.deepEqual((await after.get('a')) ?? {}, { key: 'a', value: '3', created: 1, modified: 4 });
  assert.equal((await after.get('big'))?.value.length, 500_000);
  await assert.rejects(after.get('a', 0 as Revision), (e) => e instanceof StoreError && e.code === 'compacted');
  await after.close();
});

test(
  'a watch that was away longer than etcd remembers misses nothing; longer than the store does: it resyncs',
  limit,
  async () => {
    const proxy = await TcpProxy.to(direct);
    const prefix = newPrefix();
    const far = await open(prefix, { urls: [proxy.url] });
    const near = await open(prefix);
    const watched = new Recorder();
    await far.watch('', start, watched);
    await put(near, 'a', '0');
    await watched.until(({ events }) => events.length === 1);

    proxy.cut();
    for (let i = 1; i <= 50; i++) await put(near, 'a', `${i}`);
    await etcdctl('compact', String(near.status().seen));
    proxy.pass();
    proxy.reset();
    await watched.until(({ events }) => events.length === 51);
    assert.deepEqual(watched.lines().at(-1), '51: put a=50');
    assert.deepEqual([watched.ended, far.status().rebuilds], [undefined, 0]);

    proxy.cut();
    for (let i = 51; i <= 60; i++) await put(near, 'a', `${i}`);
    await near.compact(await near.revision());
    await etcdctl('compact', String(near.status().seen));
    proxy.pass();
    proxy.reset();
    await watched.until(({ ended }) => ended !== undefined);
    assert.equal(watched.ended, 'compacted');
    assert.equal((await far.get('a'))?.value, '60');
    const again = new Recorder();
    await far.watch('', await far.revision(), again);
    await put(near, 'b', '1');
    await again.until(({ events }) => events.length === 1);
    proxy.close();
    await Promise.all([far.close(), near.close()]);
  },
);

test('a lease granted on one controller is renewed, used and ended on another', limit, async () => {
  const prefix = newPrefix();
  const [slow, fast] = [new ManualClock(), new ManualClock()];
  const granted = await open(prefix, { clock: slow });
  const renewing = await open(prefix, { clock: fast });
  const lease = await granted.grantLease(1000);
  await hang(renewing, 'a', lease);
  await renewing.renewLease(lease);
  await put(granted, 'b'); // behind this the first one knows that the lease moved
  await granted.revision();
  slow.advance(5000);
  assert.ok(await granted.get('a'), 'the clock of the controller it left does not count');
  const watched = new Recorder();
  await granted.watch('', await granted.revision(), watched);
  fast.advance(1001);
  await watched.until(({ events }) => events.length === 1);
  assert.deepEqual([watched.lines(), watched.events[0]?.author.user], [['3: delete a'], 'system']);
  await assert.rejects(granted.renewLease(lease), leaseGone);
  await assert.rejects(hang(granted, 'c', lease), leaseGone);
  await Promise.all([granted.close(), renewing.close()]);
});

test('a controller that ends leaves its leases to the others: one whole term, then they end', limit, async () => {
  const prefix = newPrefix();
  const clock = new ManualClock();
  const gone = await open(prefix);
  const kept = await gone.grantLease(1000);
  const lost = await gone.grantLease(1000);
  await hang(gone, 'kept', kept);
  await hang(gone, 'lost', lost);
  const heir = await open(prefix, { clock });
  await gone.close();
  // What a third one writes after that, the heir hears behind the news of the end.
  const third = await open(prefix, { clock: new ManualClock() });
  await put(third, 'x');
  assert.ok(await heir.get('x'));
  await third.close();
  clock.advance(900);
  await heir.renewLease(kept);
  clock.advance(900);
  const watched = new Recorder();
  await heir.watch('', 3 as Revision, watched);
  await watched.until(({ events }) => events.length === 1);
  assert.deepEqual(watched.lines(), ['4: delete lost']);
  assert.ok(await heir.get('kept'));
  await heir.close();
});

test(
  'a controller cut off for a whole session: others take its leases over, it learns so when it is back',
  limit,
  async () => {
    const proxy = await TcpProxy.to(direct);
    const prefix = newPrefix();
    const far = await open(prefix, { urls: [proxy.url], sessionMs: 1000, attemptMs: 500 });
    const lease = await far.grantLease(300);
    await hang(far, 'a', lease);
    const near = await open(prefix);
    const watched = new Recorder();
    await near.watch('', await near.revision(), watched);
    const renewing = setInterval(() => void far.renewLease(lease).catch(() => undefined), 100).unref();
    await put(near, 'while it lives');
    proxy.cut();
    await watched.until(({ events }) => events.length === 2);
    clearInterval(renewing);
    assert.deepEqual(watched.lines()[1], '3: delete a');
    proxy.pass();
    proxy.reset();
    assert.equal(await far.get('a'), undefined);
    await assert.rejects(far.renewLease(lease), leaseGone);
    const fresh = await far.grantLease(60_000);
    await hang(far, 'b', fresh);
    assert.ok(await near.get('b'));
    proxy.close();
    await Promise.all([far.close(), near.close()]);
  },
);

test('the log is folded away behind a compaction, and the store reads the same after a restart', limit, async () => {
  const prefix = newPrefix();
  const store = await open(prefix);
  for (let i = 0; i < 300; i++) await put(store, `k/${i % 150}`, `${i}`);
  const rows = async (below: string) => {
    const keys = await etcdctl('get', '--prefix', '--keys-only', `${prefix}/${below}/`);
    return keys.split('\n').filter((line) => line !== '').length;
  };
  assert.equal(await rows('log'), 300);
  await store.compact(290 as Revision);
  while ((await rows('log')) !== 10);
  assert.equal(await rows('data'), 150);
  await put(store, 'k/1', 'last');
  await store.compact(301 as Revision);
  await store.close(); // perhaps in the middle of folding: the next start does it
  const again = await open(prefix);
  assert.equal((await again.list('k/')).entries.length, 150);
  assert.deepEqual(
    [(await again.get('k/149'))?.value, (await again.get('k/1'))?.value, (await again.get('k/2'))?.created],
    ['299', 'last', 3],
  );
  while ((await rows('log')) !== 0);
  await again.close();
});

test('what is too much for one transaction of etcd is refused by name; many small writes are not', limit, async () => {
  const store = await open(newPrefix());
  const writes = Array.from({ length: 5000 }, (_, i) => ({ kind: 'put', key: `k/${i}`, value: '{}' }) as const);
  assert.equal((await store.commit({ author, conditions: [], writes })).kind, 'committed');
  const noise = Array.from({ length: 700_000 }, () =>
    String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000)),
  );
  const large = { kind: 'put', key: 'large', value: noise.join('') } as const;
  await assert.rejects(
    store.commit({ author, conditions: [], writes: [large, { ...large, key: 'second' }] }),
    (error) => error instanceof StoreError && error.code === 'tooLarge' && /bytes/.test(error.message),
  );
  assert.equal(await store.revision(), 1);
  await store.close();
});

test('a store of a newer program, one that is not whole, one that was deleted: each is told', limit, async () => {
  const corrupt = (pattern: RegExp) => (error: unknown) =>
    error instanceof StoreError && error.code === 'corrupt' && pattern.test(error.message);
  const newer = newPrefix();
  await (await open(newer)).close();
  await etcdctl('put', `${newer}/format`, '2');
  await assert.rejects(open(newer), corrupt(/layout 2, this program reads up to 1/));
  const broken = newPrefix();
  const store = await open(broken);
  for (let i = 0; i < 3; i++) await put(store, 'a', `${i}`);
  await etcdctl('del', `${broken}/log/00000000000002`);
  await assert.rejects(open(broken), corrupt(/gap/));
  await etcdctl('del', '--prefix', `${broken}/`);
  await assert.rejects(put(store, 'b'), corrupt(/deleted/));
  await store.close();
});
