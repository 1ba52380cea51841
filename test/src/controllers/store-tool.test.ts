import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { refuseUnfinished, storeTool } from '@midonet/server';
import type { Store } from '@midonet/store';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster } from '@midonet/store/testing';
import { put } from '../store/writers.ts';

const limit = { timeout: 60_000 };
const cluster = await EtcdCluster.start(1);
const folder = mkdtempSync(join(tmpdir(), 'midonet-store-tool-'));
let next = 0;

after(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const etcdFlags = (prefix: string): string[] => ['--etcd', cluster.urls.join(','), '--etcd-prefix', prefix];
const openIn = (dir: string): Promise<Store> => openEmbeddedStore({ file: join(dir, 'topology.db') });
const openBelow = (prefix: string): Promise<Store> => openEtcdStore({ urls: cluster.urls, prefix });

async function contents(store: Store): Promise<(readonly [string, string])[]> {
  return (await store.list('')).entries.map(({ key, value }) => [key, value] as const);
}

/** Some thousand rows, changed and deleted ones, one that hangs on a lease. */
async function sample(): Promise<{ readonly dir: string; readonly rows: Awaited<ReturnType<typeof contents>> }> {
  const dir = join(folder, `state-${next++}`);
  const store = await openIn(dir);
  await Promise.all(Array.from({ length: 1500 }, (_, i) => put(store, `bridge/${i}`, JSON.stringify({ i }))));
  await put(store, 'bridge/1', '{"name":"ütf \\u2028 \\n"}');
  await put(store, 'big', JSON.stringify('x'.repeat(400_000)));
  const rows = await contents(store);
  const lease = await store.grantLease(60_000);
  const alive = { kind: 'put', key: 'hostAlive/h', value: '{}', lease } as const;
  await store.commit({ author: { user: 'host' }, conditions: [], writes: [alive] });
  await store.close();
  return { dir, rows };
}

test('from a folder to etcd and back: the same entries, later revisions, no history', limit, async () => {
  const { dir, rows } = await sample();
  assert.match(await storeTool(['copy', '--from', dir, '--to', 'etcd', ...etcdFlags('/copied')]), /1501 entries/);
  const store = await openBelow('/copied');
  await refuseUnfinished(store);
  assert.deepEqual(await contents(store), rows);
  const revision = await store.revision();
  assert.ok(revision > 1502, 'an agent that resumes from the old store gets a snapshot');
  await assert.rejects(store.get('big', (revision - 1) as typeof revision), /forgotten/);
  await store.close();
  const back = join(folder, 'back');
  await storeTool(['copy', '--from', 'etcd', '--to', back, ...etcdFlags('/copied')]);
  const again = await openIn(back);
  assert.deepEqual(await contents(again), rows);
  await again.close();
  await assert.rejects(storeTool(['copy', '--from', dir, '--to', back]), /not empty/);
  await assert.rejects(
    storeTool(['copy', '--from', join(folder, 'nowhere'), '--to', 'etcd', ...etcdFlags('/x')]),
    /no store/,
  );
});

test('a backup is for its owner only, and is restored whole or not at all', limit, async () => {
  const { dir, rows } = await sample();
  const file = join(folder, 'backup');
  await storeTool(['backup', '--from', dir, file]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const restore = (path: string, ...more: string[]) =>
    storeTool(['restore', path, '--to', 'etcd', ...etcdFlags('/restored'), ...more]);
  const whole = readFileSync(file, 'utf8');
  const damaged = join(folder, 'damaged');
  const newer = whole.replace('"format":1', '"format":2');
  for (const bad of ['', whole.slice(0, -30), whole.replace('"i\\":7}', '"i\\":8}'), newer, '{}\n']) {
    writeFileSync(damaged, bad);
    await assert.rejects(restore(damaged), /no backup|cut short|format 2/);
  }
  await restore(file, '--at-least', '5000');
  const store = await openBelow('/restored');
  assert.deepEqual(await contents(store), rows);
  assert.ok((await store.revision()) > 5000);
  await store.close();
});

test('an etcd that takes connections and never serves them ends the command, with one line', limit, async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const main = join(import.meta.dirname, '../../../packages/server/src/store-main.ts');
  const words = ['backup', '--from', 'etcd', join(folder, 'none'), '--etcd', `https://127.0.0.1:${port}`];
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let said = '';
    child.stderr.on('data', (text) => (said += String(text)));
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.match(said, /^midonet store: etcd at https:.*reachable from here\n$/);
  } finally {
    child.kill('SIGKILL');
    silent.close();
  }
});

test('a store whose filling was cut off is refused', limit, async () => {
  const store = await openBelow('/half');
  await put(store, 'secret/unfinished', '{}');
  await assert.rejects(refuseUnfinished(store), /did not end/);
  await store.close();
});
