import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { WatchClient } from '../testing/watch-client.ts';

const MAC = '02:00:00:00:00:01';

const refusal =
  (status: number, property: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError &&
    error.failure.kind === 'refused' &&
    error.failure.status === status &&
    error.failure.violations.some((one) => one.property === property);

/** Two bridges: machines at `a` and `b` of one, service ports `s` and `t` of the other. */
async function ports({ client }: Harness) {
  const red = await client.bridges.create({ body: { name: 'red' } });
  const services = await client.bridges.create({ body: { name: 'services' } });
  const make = async (id: string): Promise<string> => (await client.bridges.createPort({ id, body: {} })).id;
  const [a, b, s, t] = [await make(red.id), await make(red.id), await make(services.id), await make(services.id)];
  return { red, services, a, b, s, t };
}

test('the root leads to insertions, in MidoNet 5 media types; an older client writes back a whole copy', async () => {
  await using h = await startHarness();
  const { a, s } = await ports(h);
  const type = 'application/vnd.org.midonet.L2Insertion-v1+json';
  const headers = { 'x-auth-token': TOKEN, 'content-type': type, accept: type };
  const root = await h.client.application.get();
  const body = { portId: a, srvPortId: s, vlan: 10, position: 2, failOpen: true, mac: MAC };
  const made = await rawRequest(String(root['l2insertions']), 'POST', headers, JSON.stringify(body));
  assert.equal(made.status, 201, made.text);
  const got = await rawRequest(String(made.headers['location']), 'GET', headers);
  assert.equal(got.headers['content-type'], type);
  const whole = JSON.parse(got.text) as Record<string, unknown>;
  assert.deepEqual({ ...whole, ...body }, whole);
  const put = await rawRequest(String(whole['uri']), 'PUT', headers, JSON.stringify({ ...whole, failOpen: false }));
  assert.ok(put.status === 200 || put.status === 204, put.text);
  const listed = await h.client.l2Insertions.list({ query: { port: a, srv_port: s } });
  assert.deepEqual(listed, [{ ...whole, failOpen: false }]);
});

test('what cannot work is refused, naming the field', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { red, a, b, s, t } = await ports(h);
  const router = await client.routers.create({ body: { name: 'r' } });
  const far = await client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  const linked = await client.bridges.createPort({ id: red.id, body: { peerId: far.id } });
  const create = (portId: string, srvPortId: string, more: object = {}) =>
    client.l2Insertions.create({ body: { portId, srvPortId, mac: MAC, ...more } });
  const refused = (run: Promise<unknown>, status: number, property: string) =>
    assert.rejects(run, refusal(status, property));
  await refused(create(a, a), 400, 'srvPortId');
  await refused(create(a, far.id), 400, 'srvPortId');
  await refused(create(far.id, s), 400, 'portId');
  await refused(create(a, red.id), 400, 'srvPortId');
  await refused(create(a, linked.id), 409, 'srvPortId');
  await refused(create(a, s, { mac: '01:00:5e:00:00:01' }), 400, 'mac');
  await refused(create(a, s, { vlan: 4095 }), 400, 'vlan');
  await create(a, s, { vlan: 10 });
  await refused(create(a, t, { vlan: 20 }), 409, 'position');
  await refused(create(b, s, { vlan: 10 }), 409, 'vlan');
  await refused(create(b, s, { vlan: 0 }), 409, 'vlan');
  await refused(create(s, t, { position: 2 }), 409, 'portId');
  await refused(create(b, a), 409, 'srvPortId');
  const bare = await create(a, t, { position: 2 });
  await refused(create(b, t, { vlan: 5 }), 409, 'vlan');
  await client.l2Insertions.update({ id: bare.id, body: { vlan: 30 } });
  await create(b, t, { vlan: 5 });
  await refused(client.l2Insertions.update({ id: bare.id, body: { position: 1 } }), 409, 'position');
  const free = await client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.1.1/24'] } });
  await refused(client.ports.link({ id: s, body: { peerId: free.id } }), 409, 'peerId');
});

test('a port takes its insertions with it, on either side', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { services, a, b, s, t } = await ports(h);
  await client.l2Insertions.create({ body: { portId: a, srvPortId: s, mac: MAC, vlan: 10 } });
  const kept = await client.l2Insertions.create({ body: { portId: b, srvPortId: t, mac: MAC, vlan: 10 } });
  const more = await client.l2Insertions.create({ body: { portId: b, srvPortId: s, mac: MAC, vlan: 11, position: 2 } });
  await client.ports.remove({ id: a });
  assert.deepEqual((await client.l2Insertions.list()).map(({ id }) => id).sort(), [kept.id, more.id].sort());
  await client.ports.remove({ id: s });
  assert.deepEqual(await client.l2Insertions.list(), [kept]);
  await client.bridges.remove({ id: services.id });
  assert.deepEqual(await client.l2Insertions.list(), []);
  assert.deepEqual((await client.ports.get({ id: b })).insertionIds, []);
});

test('a watch of either bridge has the insertion, and a trace goes by the service', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { red, services, a, s } = await ports(h);
  const made = await client.l2Insertions.create({ body: { portId: a, srvPortId: s, mac: MAC, vlan: 10 } });
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  for (const [sub, { id }] of [red, services].entries()) {
    watch.send({ op: 'subscribe', sub, topic: { kind: 'bridge', id } });
    const snapshot = await watch.next('snapshot', (message) => message.sub === sub);
    assert.ok(snapshot.items.some(({ key }) => key === `l2Insertion/${made.id}`));
  }
  await client.l2Insertions.update({ id: made.id, body: { vlan: 12 } });
  for (const sub of [0, 1]) {
    const { changes } = await watch.next('delta', (message) => message.sub === sub);
    assert.deepEqual(
      changes.map(({ key }) => key),
      [`l2Insertion/${made.id}`],
    );
  }
  await watch.close();
  const frame = '020000000002 020000000001 88b5 0000';
  const outcome = await client.simulation.run({ body: { portId: a, frame } });
  assert.deepEqual([outcome.verdict, outcome.reason, outcome.by?.id], ['drop', 'serviceDown', made.id]);
  await client.l2Insertions.update({ id: made.id, body: { failOpen: true } });
  const open = await client.simulation.run({ body: { portId: a, frame } });
  assert.notEqual(open.reason, 'serviceDown');
  assert.ok(open.trace.some(({ at }) => at.kind === 'l2Insertion'));
});
