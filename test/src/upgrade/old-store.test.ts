import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ApiError, createClient } from '@midonet/contract';
import { SCHEMA_STEPS, storeTool, upgradeStore } from '@midonet/server';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { EtcdCluster } from '@midonet/store/testing';
import { ControllerProcess } from '../controllers/controller-process.ts';
import { put } from '../store/writers.ts';
import { openSaid } from './example-step.ts';

const limit = { timeout: 120_000 };
const TOKEN = 'a-token-for-this-test';
const NEWEST = SCHEMA_STEPS.at(-1)?.to ?? 1;
const folder = mkdtempSync(join(tmpdir(), 'midonet-old-store-'));
const MAIN = join(import.meta.dirname, '../../../packages/server/src/main.ts');

after(() => rmSync(folder, { recursive: true }));

/** The state folder of a controller of schema version 1, as it left it: the file was made by that program. */
function oldState(name: string): string {
  const file = gunzipSync(readFileSync(join(import.meta.dirname, 'topology-1.db.gz')));
  const state = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(state, 'topology.db'), file, { mode: 0o600 });
  return state;
}

async function checkContents(url: string): Promise<void> {
  const client = createClient({ baseUrl: url, token: TOKEN });
  const [bridge] = await client.bridges.list();
  assert.deepEqual([bridge?.name, bridge?.tenantId], ['crimson', 'acme']);
  assert.equal((await client.ports.list()).length, 5);
  const { limits, used } = await client.quotas.get({ tenantId: 'acme' });
  assert.deepEqual([limits.ports, used.ports, used.mirrors, used.ipAddrGroupAddrs], [100, 5, 1, 1]);
  await client.quotas.update({ tenantId: 'acme', body: { mirrors: 1 } });
  const [mirror] = await client.mirrors.list();
  await assert.rejects(
    client.mirrors.create({ body: { name: 'second', toPortId: mirror?.toPortId ?? '', conditions: [{}] } }),
    (error) => error instanceof ApiError && error.status === 403 && /1 of 1/.test(error.message),
  );
}

/** Starts a controller that must not start; answers what it said. */
async function refusal(args: readonly string[]): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [MAIN, '--listen', '127.0.0.1:0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MIDONET_TOKEN: TOKEN },
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, said };
}

test('the file of a controller of schema version 1 is upgraded once, and serves what it held', limit, async () => {
  const state = oldState('embedded');
  const controller = new ControllerProcess(TOKEN, ['--state', state]);
  await controller.start();
  await checkContents(controller.url);
  await controller.end('SIGTERM');
  const store = await openEmbeddedStore({ file: join(state, 'topology.db') });
  assert.equal((await store.get('secret/schema'))?.value, JSON.stringify({ version: NEWEST }));
  const revision = await store.revision();
  await upgradeStore(store);
  assert.equal(await store.revision(), revision, 'it was up to date');
  await put(store, 'secret/schema', JSON.stringify({ version: NEWEST + 7 }));
  await store.close();
  const { code, said } = await refusal(['--state', state]);
  assert.equal(code, 1);
  assert.match(said, new RegExp(`schema version ${NEWEST + 7}, this program knows up to ${NEWEST}`));
});

test(
  'copied into etcd it is upgraded there, and a controller ends when a newer one upgrades the store',
  limit,
  async () => {
    const cluster = await EtcdCluster.start(1);
    try {
      const etcd = ['--etcd', cluster.urls.join(',')];
      await storeTool(['copy', '--from', oldState('copied'), '--to', 'etcd', ...etcd]);
      const args = ['--state', join(folder, 'controller'), ...etcd];
      const controller = new ControllerProcess(TOKEN, args);
      await controller.start();
      await checkContents(controller.url);
      const ended = controller.ended();
      const newer = await openSaid(['etcd', cluster.urls.join(',')]);
      await put(newer, 'secret/schema', JSON.stringify({ version: NEWEST, under: { to: NEWEST + 1, after: '' } }));
      assert.equal(await ended, 1);
      await newer.close();
      const { code, said } = await refusal(args);
      assert.equal(code, 1);
      assert.match(said, new RegExp(`schema version ${NEWEST + 1}, this program knows up to ${NEWEST}`));
      await controller.end('SIGKILL');
    } finally {
      await cluster.close();
    }
  },
);
