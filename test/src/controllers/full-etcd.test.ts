import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, createClient } from '@midonet/contract';
import { WatchClient } from '@midonet/server/testing';
import { EtcdCluster } from '@midonet/store/testing';
import { fillEtcd, makeRoomInEtcd, SMALL_QUOTA } from '../store/fill-etcd.ts';
import { ControllerProcess } from './controller-process.ts';
import { Follower } from './follower.ts';

const TOKEN = 'a-token-for-this-test';
test(
  'while etcd is full changes get 507 and what to do, reads and watches go on; with room again all goes on by itself',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'midonet-full-'));
    const cluster = await EtcdCluster.start(1, { flags: SMALL_QUOTA });
    const controller = new ControllerProcess(TOKEN, ['--state', folder, '--etcd', cluster.urls.join(',')]);
    let follower: Follower | undefined;
    try {
      await controller.start();
      const client = createClient({ baseUrl: controller.url, token: TOKEN });
      const before = await client.bridges.create({ body: { name: 'before' } });
      follower = new Follower([controller.url], TOKEN, '0b7c8a3e-6b43-4d8e-9a53-3f0f3a0f7e01');
      while (!follower.told.includes(`bridge/${before.id}`)) await delay(20);

      fillEtcd(cluster.urls);
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

      makeRoomInEtcd(cluster.urls);
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

const HOSTS = ['0b7c8a3e-6b43-4d8e-9a53-3f0f3a0f7e01', '0b7c8a3e-6b43-4d8e-9a53-3f0f3a0f7e02'] as const;

/** An agent, as far as its rows go. */
async function agent(url: string, id: string, lease?: string) {
  const watch = await WatchClient.connect(url, TOKEN);
  watch.send({ op: 'hello', protocol: 1, host: { id, name: `host ${id}`, lease } });
  const welcome = await watch.next('welcome');
  const alive = (): void => {
    watch.send({ op: 'rows', id: 1, puts: [{ kind: 'hostAlive', hostId: id, interfaces: [] }], deletes: [] });
  };
  return { watch, welcome, alive };
}

test(
  'a controller starts while etcd is full: reads and watches are served, agents are not sent away',
  { timeout: 240_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'midonet-full-'));
    const cluster = await EtcdCluster.start(1, { flags: SMALL_QUOTA });
    const controller = new ControllerProcess(TOKEN, ['--state', folder, '--etcd', cluster.urls.join(',')]);
    const watches: WatchClient[] = [];
    let follower: Follower | undefined;
    try {
      await controller.start();
      const client = createClient({ baseUrl: controller.url, token: TOKEN });
      const before = await client.bridges.create({ body: { name: 'before' } });
      await client.hosts.create({ body: { id: HOSTS[1], name: `host ${HOSTS[1]}` } });
      follower = new Follower([controller.url], TOKEN, '0b7c8a3e-6b43-4d8e-9a53-3f0f3a0f7e03');
      while (!follower.told.includes(`bridge/${before.id}`)) await delay(20);
      const old = await agent(controller.url, HOSTS[0]);
      old.alive();
      await old.watch.next('ack');

      fillEtcd(cluster.urls);
      await controller.end('SIGKILL');
      await controller.start();
      assert.deepEqual(
        (await client.bridges.list()).map(({ name }) => name),
        ['before'],
      );
      const full = (error: unknown): boolean => error instanceof ApiError && error.status === 507;
      await assert.rejects(client.bridges.create({ body: { name: 'refused' } }), full);
      await client.systemState.get();
      while (follower.welcomes < 2) await delay(20);

      // One that comes back has the lease that it had, and one that had none reads without.
      const back = await agent(controller.url, HOSTS[0], old.welcome.lease);
      watches.push(back.watch);
      assert.equal(back.welcome.lease, old.welcome.lease);
      const first = await agent(controller.url, HOSTS[1]);
      watches.push(first.watch);
      assert.equal(first.welcome.lease, undefined);
      assert.ok(first.welcome.exchangeKeys !== undefined);
      for (const one of [back, first]) {
        one.watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: before.id } });
        assert.equal((await one.watch.next('snapshot')).items.length, 1);
        one.alive();
        assert.equal((await one.watch.next('refused')).code, 'busy');
      }
      assert.equal((await client.hosts.get({ id: HOSTS[0] })).alive, true);

      makeRoomInEtcd(cluster.urls);
      const after = await client.bridges.create({ body: { name: 'after' } });
      while (!follower.told.includes(`bridge/${after.id}`)) await delay(20);
      assert.equal(follower.snapshots, 1, 'the watch was resumed');
      back.alive();
      await back.watch.next('ack');
      first.alive();
      assert.equal((await first.watch.next('refused')).code, 'leaseGone');
      const again = await agent(controller.url, HOSTS[1]);
      watches.push(again.watch);
      assert.ok(again.welcome.lease !== undefined);
      again.alive();
      await again.watch.next('ack');
      assert.equal((await client.hosts.get({ id: HOSTS[1] })).alive, true);
    } finally {
      follower?.close();
      for (const watch of watches) await watch.close();
      await controller.end('SIGKILL');
      await cluster.close();
      rmSync(folder, { recursive: true });
    }
  },
);
