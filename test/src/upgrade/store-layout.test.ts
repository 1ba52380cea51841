import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Revision, Store } from '@midonet/store';
import { openEtcdStore, type LayoutStep } from '@midonet/store/etcd';
import { EtcdCluster, Recorder } from '@midonet/store/testing';
import { ControllerProcess } from '../controllers/controller-process.ts';
import { etcdctl as etcdctlOf } from '../controllers/etcdctl.ts';
import { put } from '../store/writers.ts';
import { exampleLayout, RECORDS } from './example-layout.ts';
import { kill, stoppedAt } from './stopped-dead.ts';

const limit = { timeout: 120_000 };
const TOKEN = 'a-token-for-this-test';
const folder = mkdtempSync(join(tmpdir(), 'midonet-layout-'));
const cluster = await EtcdCluster.start(1);
const urls = cluster.urls;
let next = 0;

after(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const newPrefix = () => `/layout/${next++}`;
const open = (prefix: string, layoutSteps?: readonly LayoutStep[]) => openEtcdStore({ urls, prefix, layoutSteps });

const etcdctl = (...args: readonly string[]) => etcdctlOf(urls, args);
const formatOf = (prefix: string) => etcdctl('get', '--print-value-only', `${prefix}/format`);

/** A store of the first layout, as a program of today writes it. */
async function filled(): Promise<{ prefix: string; store: Store }> {
  const prefix = newPrefix();
  const store = await open(prefix);
  for (let i = 0; i < RECORDS; i++) {
    const author = { user: i % 7 === 0 ? 'quiet' : 'loud' };
    await store.commit({ author, conditions: [], writes: [{ kind: 'put', key: `bridge/${i}`, value: `${i}` }] });
  }
  for (const ttlMs of [60_000, 90_000]) await store.grantLease(ttlMs);
  return { prefix, store };
}

async function checkUpgraded(prefix: string, store: Store): Promise<void> {
  assert.equal(formatOf(prefix), '3');
  assert.equal((await store.list('bridge/')).entries.length, RECORDS);
  const watched = new Recorder();
  const stop = await store.watch('', 0 as Revision, watched);
  await watched.until(({ events }) => events.length === RECORDS);
  stop();
  const wrong = watched.events.filter(({ author }, i) => author.user !== (i % 7 === 0 ? 'quiet' : 'loud!'));
  assert.deepEqual(wrong, [], 'each record was rewritten once');
  assert.equal(etcdctl('get', '--prefix', '--keys-only', `${prefix}/lease/`), '');
  assert.match(etcdctl('get', '--prefix', '--print-value-only', `${prefix}/away/`), /^\{[^\n]*90000\}$/);
}

test('a store that is new has the newest layout, and opening it again writes nothing to it', limit, async () => {
  const prefix = newPrefix();
  await (await open(prefix, exampleLayout())).close();
  const before = etcdctl('get', '-w', 'json', `${prefix}/format`).replace(/"header":\{.*?\}/, '');
  await (await open(prefix, exampleLayout())).close();
  assert.equal(etcdctl('get', '-w', 'json', `${prefix}/format`).replace(/"header":\{.*?\}/, ''), before);
  assert.equal(formatOf(prefix), '3');
});

test('killed in the middle of a step, again and again, each key is rewritten once', limit, async () => {
  const { prefix, store: first } = await filled();
  await first.close();
  for (const [count, noted] of [
    [120, /^1>2 log\/0+64$/], // two pages of 50 are in, the third is not
    [75, /^1>2 log\/0+96$/],
  ] as const) {
    await kill(await stoppedAt('layout-upgrader.ts', count, [urls.join(','), prefix]));
    assert.match(formatOf(prefix), noted);
    await assert.rejects(open(prefix), /has layout 2, this program reads up to 1/, 'half of it is no good to others');
  }
  const store = await open(prefix, exampleLayout());
  await checkUpgraded(prefix, store);
  await store.close();
});

test('controllers that start at once share the steps, and do not wait for one that hangs in them', limit, async () => {
  const { prefix, store: first } = await filled();
  await first.close();
  const hanging = await stoppedAt('layout-upgrader.ts', 60, [urls.join(','), prefix]);
  const asked: string[] = [];
  const steps = exampleLayout((name) => asked.push(name));
  const stores = await Promise.all([open(prefix, steps), open(prefix, steps)]);
  await kill(hanging);
  for (const store of stores) await checkUpgraded(prefix, store);
  assert.ok(asked.length >= RECORDS - 50, 'they did what the one that hangs had not done');
  await put(stores[0], 'bridge/more');
  assert.equal((await stores[1].get('bridge/more'))?.value, '');
  await Promise.all(stores.map((store) => store.close()));
});

test('a newer layout is refused with both versions, also one that is only under way', limit, async () => {
  const prefix = newPrefix();
  await (await open(prefix)).close();
  for (const format of ['7', '2>7 data/bridge/1']) {
    etcdctl('put', `${prefix}/format`, format);
    await assert.rejects(
      open(prefix, exampleLayout()),
      /layout 7, this program reads up to 3: start the newer program/,
    );
    assert.equal(formatOf(prefix), format);
  }
  etcdctl('put', `${prefix}/format`, 'seven');
  await assert.rejects(open(prefix), /no whole store/);
});

test('who has the store open when it is upgraded writes nothing behind that', limit, async () => {
  const { prefix, store: old } = await filled();
  const watched = new Recorder();
  await old.watch('', await old.revision(), watched);
  const lease = await old.grantLease(60_000);
  const newer = await open(prefix, exampleLayout());
  await assert.rejects(put(old, 'bridge/late'), /newer controller upgrades the layout/);
  await assert.rejects(old.grantLease(60_000), /newer controller upgrades the layout/);
  await watched.until(({ ended }) => ended === 'closed');
  await assert.rejects(old.revision(), /newer controller upgrades the layout/);
  await old.close();
  await checkUpgraded(prefix, newer);
  await assert.rejects(newer.renewLease(lease), { code: 'leaseGone' });
  await newer.close();
});

test('a controller ends when a newer one upgrades the layout', limit, async () => {
  const prefix = newPrefix();
  const controller = new ControllerProcess(TOKEN, [
    ...['--state', join(folder, 'controller')],
    ...['--etcd', urls.join(','), '--etcd-prefix', prefix],
  ]);
  await controller.start();
  const ended = controller.ended();
  // A step that changes nothing but the version: the records of the controller are no example's.
  const steps: LayoutStep[] = [{ to: 2, what: 'nothing', folder: 'data/', rewrite: () => 'keep' }];
  const newer = await open(prefix, steps);
  assert.equal(await ended, 1);
  await newer.close();
  await controller.end('SIGKILL');
});
