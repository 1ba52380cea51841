import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiError, createClient, type Client } from '@midonet/contract';
import { sharedToken } from '@midonet/server';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster } from '@midonet/store/testing';
import { until } from '../lab/shell.ts';
import { ControllerProcess } from './controller-process.ts';
import { Follower } from './follower.ts';

const TOKEN = 'a-token-for-tests';
/** A machine under load elects and connects late. */
const slow = { timeoutMs: 40_000 };
const folder = mkdtempSync(join(tmpdir(), 'midonet-controllers-'));
let etcd: EtcdCluster;
let controllers: readonly ControllerProcess[] = [];

before(async () => {
  etcd = await EtcdCluster.start(3);
  controllers = [0, 1, 2].map((i) => {
    const members = etcd.urls.flatMap((url) => ['--etcd', url]);
    return new ControllerProcess(TOKEN, [...members, '--state', join(folder, String(i)), '--log-level', 'info']);
  });
  await Promise.all(controllers.map((controller) => controller.start()));
});

after(async () => {
  await Promise.all(controllers.map((controller) => controller.end('SIGKILL')));
  await etcd.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes bridges one after the other; notes which were acknowledged, and how many have an unknown fate. */
class BridgeWriter {
  readonly acknowledged: string[] = [];
  unknown = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(client: Client) {
    this.#done = this.#run(client);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(client: Client): Promise<void> {
    while (!this.#stopped) {
      try {
        this.acknowledged.push((await client.bridges.create({ body: {} })).id);
      } catch (error) {
        assert.ok(error instanceof ApiError && (error.status === undefined || error.status === 503), String(error));
        this.unknown++;
      }
    }
  }
}

test(
  'each controller and each member of etcd dies in turn while writes go on: nothing is lost, watches go on',
  { timeout: 120_000 },
  async () => {
    const urls = controllers.map(({ url }) => url);
    const follower = new Follower(urls, TOKEN, randomUUID());
    await until('the first snapshot', () => follower.snapshots === 1);
    const writer = new BridgeWriter(createClient({ baseUrl: urls, token: TOKEN, timeoutMs: 15_000 }));
    const goesOn = async (when: string): Promise<void> => {
      const count = writer.acknowledged.length + 5;
      await until(`writes ${when}`, () => writer.acknowledged.length >= count, slow);
      const last = `bridge/${writer.acknowledged[count - 1]}`;
      await until(`the follower's news ${when}`, () => follower.told.includes(last), slow);
    };
    await goesOn('at the start');
    for (const [i, controller] of controllers.entries()) {
      const followed = new URL(follower.controller).host === new URL(controller.url).host;
      const { welcomes } = follower;
      await controller.end('SIGKILL');
      if (followed) await until('another controller', () => follower.isConnected && follower.welcomes > welcomes, slow);
      await goesOn(`without controller ${i}`);
      await controller.start();
      await etcd.kill(i);
      await goesOn(`without member ${i}`);
      etcd.run(i);
      await etcd.ready();
      await goesOn(`with member ${i} again`);
    }
    await writer.stop();
    const stored = new Set((await createClient({ baseUrl: urls, token: TOKEN }).bridges.list()).map(({ id }) => id));
    for (const id of writer.acknowledged) assert.ok(stored.has(id), `${id} was acknowledged and is lost`);
    assert.ok(stored.size <= writer.acknowledged.length + writer.unknown, 'nothing was written twice');
    await until('all news', () => follower.told.length >= stored.size);
    assert.deepEqual(follower.told.map((key) => key.slice('bridge/'.length)).sort(), [...stored].sort());
    assert.ok(follower.welcomes > 1, 'it was sent from one controller to another');
    assert.equal(follower.snapshots, 1, 'and never loaded everything again');
    follower.close();
  },
);

test('a controller started later takes the token over; a folder with another token is told', async () => {
  const first = join(folder, 'first');
  const second = join(folder, 'second');
  const store = await openEtcdStore({ urls: etcd.urls, prefix: '/tokens' });
  const made = await sharedToken(store, first);
  assert.equal(made.made, true);
  assert.equal((await sharedToken(store, second)).token, made.token);
  assert.equal((await sharedToken(store, second)).token, made.token);
  const other = await openEtcdStore({ urls: etcd.urls, prefix: '/others' });
  await sharedToken(other, join(folder, 'third'));
  await assert.rejects(sharedToken(other, second), /delete it/);
  await Promise.all([store.close(), other.close()]);
});
