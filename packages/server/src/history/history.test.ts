import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type ApiError, type Client } from '@midonet/contract';
import type { Revision } from '@midonet/store';
import { openMemoryStore } from '@midonet/store/memory';
import { startHarness, type Harness } from '../../testing/harness.ts';

const status = (wanted: number) => (error: ApiError) => error.status === wanted;

function past({ controller }: Harness, at: string, token = 'a-token-for-tests'): Client {
  return createClient({ baseUrl: controller.url, token, at });
}

async function tokenOf(client: Client, tenantId: string, name = `u-${tenantId}`): Promise<string> {
  await client.users.create({ body: { name, password: 'long enough', role: 'member', tenantId } });
  return (await client.apiTokens.create({ body: { user: name } })).token;
}

test('any read answers as it was at a revision or time; the forgotten is 410', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'red' } });
  const { id: port } = await h.client.bridges.createPort({ id, body: { vifId: 'web' } });
  const before = await h.store.revision();
  const time = new Date().toISOString();
  await h.client.bridges.update({ id, body: { name: 'blue' } });
  await h.client.ports.remove({ id: port });
  const then = past(h, String(before));
  assert.deepEqual(
    [(await then.bridges.get({ id })).name, (await then.bridges.ports({ id })).map(({ vifId }) => vifId)],
    ['red', ['web']],
  );
  assert.deepEqual(
    (await then.bridges.list()).map(({ name }) => name),
    ['red'],
  );
  const frame = 'ffffffffffff0200000000010806000108000604000102000000000100000000000000000000000000000000';
  assert.ok((await then.simulation.run({ body: { portId: port, frame } })).trace.length > 0);
  await assert.rejects(h.client.simulation.run({ body: { portId: port, frame } }), status(404));
  const answer = await h.fetch(`/bridges/${id}?at=${before}`);
  assert.equal(answer.headers.get('x-midonet-revision'), String(before));
  // The time may fall within the millisecond of the next write.
  assert.ok(['red', 'blue'].includes((await past(h, time).bridges.get({ id })).name ?? ''));
  assert.equal((await h.client.bridges.get({ id })).name, 'blue');

  for (const wrong of ['yesterday', '-1', '99999999', '2999-01-01T00:00:00Z']) {
    await assert.rejects(past(h, wrong).bridges.list(), status(400), wrong);
  }
  assert.equal((await h.fetch(`/bridges/${id}?at=${before}`, { method: 'DELETE' })).status, 400);
  await h.store.compact((before + 1) as Revision);
  await assert.rejects(then.bridges.get({ id }), (error: ApiError) => {
    return error.status === 410 && error.message.includes(`the oldest kept is ${before + 1}`);
  });
  await assert.rejects(past(h, time).bridges.get({ id }), status(410));
});

test('the history of an object tells who changed which field', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'red', tenantId: 'acme' } });
  const ann = createClient({ baseUrl: h.controller.url, token: await tokenOf(h.client, 'acme') });
  await ann.bridges.update({ id, body: { name: 'blue', adminStateUp: false } });
  await h.client.bridges.remove({ id });
  const object = `bridge/${id}`;
  const told = await h.client.history.list({ query: { object } });
  assert.deepEqual(
    told.map(({ op, user, from }) => [op, user, from]),
    [
      ['delete', 'admin', '127.0.0.1'],
      ['update', 'u-acme', '127.0.0.1'],
      ['create', 'admin', '127.0.0.1'],
    ],
  );
  assert.deepEqual(told[1]?.fields, [
    { field: 'name', before: 'red', after: 'blue' },
    { field: 'adminStateUp', before: true, after: false },
  ]);
  const older = await h.client.history.list({ query: { object, before: String(told[1].revision), limit: '1' } });
  assert.deepEqual(older, [told[2]]);
  for (const query of [{}, { object: 'bridge' }, { object: 'access/user/ann' }, { object, limit: '0' }]) {
    await assert.rejects(h.client.history.list({ query }), status(400), JSON.stringify(query));
  }
});

test("a tenant is told of its own objects while they were its own, and never of the provider's", async () => {
  await using h = await startHarness();
  const host = await h.client.hosts.create({ body: { name: 'hv1' } });
  const { id } = await h.client.bridges.create({ body: { name: 'red', tenantId: 'acme' } });
  const port = await h.client.bridges.createPort({ id, body: {} });
  await h.client.hostPorts.create({ id: host.id, body: { portId: port.id, interfaceName: 'tap0' } });
  const mine = await h.store.revision();
  await h.client.bridges.update({ id, body: { tenantId: 'umbrella', name: 'secret' } });
  const [acme, umbrella] = await Promise.all(['acme', 'umbrella'].map((tenant) => tokenOf(h.client, tenant)));
  const told = async (token: string | undefined, object: string): Promise<string> =>
    JSON.stringify(await createClient({ baseUrl: h.controller.url, token }).history.list({ query: { object } }));
  assert.match(await told(acme, `bridge/${id}`), /"op":"create"/);
  assert.doesNotMatch(await told(acme, `bridge/${id}`), /secret|127\.0\.0\.1/);
  assert.match(await told(umbrella, `bridge/${id}`), /secret/);
  assert.doesNotMatch(await told(acme, `port/${port.id}`), /binding|tap0/);
  assert.match(await told('a-token-for-tests', `port/${port.id}`), /binding\.interfaceName/);
  assert.equal(await told(acme, `host/${host.id}`), '[]');
  assert.equal((await past(h, String(mine), acme).bridges.get({ id })).name, 'red');
  await assert.rejects(past(h, String(mine), umbrella).bridges.get({ id }), status(404));
  const restore = createClient({ baseUrl: h.controller.url, token: acme }).restore;
  await assert.rejects(restore.run({ body: { object: `bridge/${id}`, at: String(mine) } }), status(404));
});

test('a store that forgets says so and goes on', { timeout: 60_000 }, async () => {
  const store = openMemoryStore({ retention: { revisions: 5 } });
  await using h = await startHarness({ store });
  const { id } = await h.client.bridges.create({ body: { name: 'n0' } });
  for (let i = 1; i < 30; i++) await h.client.bridges.update({ id, body: { name: `n${i}` } });
  const told = await h.client.history.list({ query: { object: `bridge/${id}` } });
  assert.ok(told.length < 10, 'only what is kept');
  assert.equal(told.at(-1)?.user, null, 'who made the oldest value is forgotten');
  await assert.rejects(past(h, '1').bridges.list(), status(410));
  await h.controller.close();
  await store.close();
});

test('a port whose bridge was handed over shows its new owner nothing of before', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'red', tenantId: 'acme' } });
  const port = await h.client.bridges.createPort({ id, body: { vifId: 'v0' } });
  await h.client.ports.update({ id: port.id, body: { vifId: 'v1-acme' } });
  await h.client.bridges.update({ id, body: { tenantId: 'umbrella', name: 'blue' } });
  const token = await tokenOf(h.client, 'umbrella');
  const client = createClient({ baseUrl: h.controller.url, token });
  assert.deepEqual(await client.history.list({ query: { object: `port/${port.id}` } }), []);
  const handedOver = await client.history.list({ query: { object: `bridge/${id}` } });
  assert.equal(handedOver.length, 1);
  assert.ok(handedOver[0]?.fields.every(({ before }) => before === null || before === undefined));
  assert.doesNotMatch(JSON.stringify(handedOver), /acme|red/);
  await client.ports.update({ id: port.id, body: { vifId: 'v2' } });
  const [own, ...older] = await client.history.list({ query: { object: `port/${port.id}` } });
  assert.deepEqual(
    [own?.fields, older],
    [[{ field: 'vifId', before: 'v1-acme', after: 'v2' }], []],
    'what it was when it came is what it is',
  );
});
