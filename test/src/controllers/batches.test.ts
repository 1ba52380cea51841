import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { ApiError, createClient, type Client } from '@midonet/contract';
import { startController } from '@midonet/server';
import type { Revision } from '@midonet/store';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster } from '@midonet/store/testing';

const TOKEN = 'a-token-for-tests';
const limit = { timeout: 180_000 };
/** As Debian sets it up: 128 operations a transaction, 1.5 MiB a request. */
const cluster = await EtcdCluster.start(1);

after(() => cluster.close());

async function start(prefix: string) {
  const store = await openEtcdStore({ urls: cluster.urls, prefix });
  const auth = { kind: 'token', token: TOKEN } as const;
  const controller = await startController({ listen: { host: '127.0.0.1', port: 0 }, store, auth });
  const client = createClient({ baseUrl: controller.url, token: TOKEN, timeoutMs: 120_000 });
  const close = async (): Promise<void> => {
    await controller.close();
    await store.close();
  };
  return { store, client, controller, close };
}

/** Text that does not get shorter by compressing it, as long as a name may be. */
const incompressible = (): string => randomBytes(400).toString('base64url').slice(0, 255);

function thousand(): { readonly method: 'POST'; readonly path: string; readonly body: object }[] {
  return Array.from({ length: 1000 }, () => {
    const body = { id: randomUUID(), name: incompressible() };
    return { method: 'POST', path: '/bridges', body } as const;
  });
}

test('the largest batch and the largest list of objects go into etcd as one revision each', limit, async () => {
  const { store, client, close } = await start('/largest');
  for (const make of [
    (bodies: readonly object[]) => client.batch.run({ body: { operations: bodies.map(asOperation) } }),
    (bodies: readonly object[]) => createMany(client, bodies),
  ]) {
    const before = await store.revision();
    await make(thousand().map(({ body }) => body));
    assert.equal(await store.revision(), before + 1);
    const event = await store.event((before + 1) as Revision);
    assert.ok((event?.changes.length ?? 0) >= 1000);
  }
  assert.equal((await client.bridges.list()).length, 2000);
  await close();
});

const asOperation = (body: object) => ({ method: 'POST', path: '/bridges', body }) as const;

/** A POST with a list, for which the typed client has no method. */
async function createMany(client: Client, bodies: readonly object[]): Promise<void> {
  const { uri } = await client.application.get();
  const headers = { 'x-auth-token': TOKEN, 'content-type': 'application/json' };
  const answer = await fetch(`${uri}/bridges`, { method: 'POST', headers, body: JSON.stringify(bodies) });
  assert.equal(answer.status, 201, await answer.text());
}

test('batches through two controllers that change the same object are done or refused as a whole', limit, async () => {
  const [a, b] = [await start('/both'), await start('/both')];
  const { id } = await a.client.bridges.create({ body: { name: 'shared' } });
  const batches = Array.from({ length: 20 }, (_, i) => {
    const operations = thousand().slice(0, 20);
    const rename = { method: 'PUT', path: `/bridges/${id}`, body: { name: `by ${i}` } } as const;
    return (i % 2 === 0 ? a : b).client.batch.run({ body: { operations: [...operations, rename] } });
  });
  const ends = await Promise.allSettled(batches);
  const lost = ends.filter((end) => end.status === 'rejected');
  for (const { reason } of lost) assert.ok(reason instanceof ApiError && reason.status === 409, String(reason));
  const done = ends.length - lost.length;
  assert.ok(done > 0);
  assert.equal((await a.client.bridges.list()).length, 1 + 20 * done);
  assert.deepEqual(
    (await b.client.bridges.list()).map((bridge) => bridge.id).sort(),
    (await a.client.bridges.list()).map((bridge) => bridge.id).sort(),
  );
  await Promise.all([a.close(), b.close()]);
});
