import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, createClient } from '@midonet/contract';
import { EtcdCluster } from '@midonet/store/testing';
import { ControllerProcess } from './controller-process.ts';
import { etcdctl } from './etcdctl.ts';
import { Follower } from './follower.ts';

const TOKEN = 'a-token-for-this-test';
const QUOTA = 8 << 20;

/** Somebody else's key, overwritten until etcd takes no more. */
function fill(urls: readonly string[]): void {
  for (let i = 0; i < 40; i++) {
    const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: urls.join(',') };
    const input = randomBytes(500_000).toString('hex');
    const { status, stderr } = spawnSync('etcdctl', ['put', '/else/where'], { env, input, encoding: 'utf8' });
    if (status !== 0) {
      assert.match(stderr, /database space exceeded/);
      return;
    }
  }
  assert.fail('etcd had room for more than its quota');
}

/** What docs/operations/etcd.md says to do. */
function makeRoom(urls: readonly string[]): void {
  const [status] = JSON.parse(etcdctl(urls, ['endpoint', 'status', '-w', 'json'])) as [
    { Status: { header: { revision: number } } },
  ];
  etcdctl(urls, ['compaction', '--physical', String(status.Status.header.revision)]);
  etcdctl(urls, ['defrag']);
  assert.match(etcdctl(urls, ['alarm', 'disarm']), /NOSPACE/);
}

test(
  'while etcd is full changes get 507 and what to do, reads and watches go on; with room again all goes on by itself',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'midonet-full-'));
    const cluster = await EtcdCluster.start(1, { flags: ['--quota-backend-bytes', String(QUOTA)] });
    const controller = new ControllerProcess(TOKEN, ['--state', folder, '--etcd', cluster.urls.join(',')]);
    let follower: Follower | undefined;
    try {
      await controller.start();
      const client = createClient({ baseUrl: controller.url, token: TOKEN });
      const before = await client.bridges.create({ body: { name: 'before' } });
      follower = new Follower([controller.url], TOKEN, '0b7c8a3e-6b43-4d8e-9a53-3f0f3a0f7e01');
      while (!follower.told.includes(`bridge/${before.id}`)) await delay(20);

      fill(cluster.urls);
      await assert.rejects(
        client.bridges.create({ body: { name: 'refused' } }),
        (error) =>
          error instanceof ApiError &&
          error.status === 507 &&
          /the store is full.*space quota.*compacted and defragmented.*NOSPACE alarm.*disarmed/.test(error.message) &&
          !error.message.includes('127.0.0.1'), // where etcd is does not concern a tenant
      );
      assert.deepEqual(
        (await client.bridges.list()).map(({ name }) => name),
        ['before'],
      );

      makeRoom(cluster.urls);
      const after = await client.bridges.create({ body: { name: 'after' } });
      while (!follower.told.includes(`bridge/${after.id}`)) await delay(20);
      assert.deepEqual([follower.welcomes, follower.snapshots], [1, 1], 'the watch went on all the time');
    } finally {
      follower?.close();
      await controller.end('SIGKILL');
      await cluster.close();
      rmSync(folder, { recursive: true });
    }
  },
);
