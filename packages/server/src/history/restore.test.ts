import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type ApiError, type Client } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';

const status = (wanted: number) => (error: ApiError) => error.status === wanted;

/** What is stored of the topology, without what tells of changes. */
async function topology({ store }: Harness): Promise<Record<string, string>> {
  const { entries } = await store.list('');
  const kept = entries.filter(({ key }) => !/^(audit|access)\//.test(key));
  return Object.fromEntries(kept.map(({ key, value }) => [key, value]));
}

/** A bridge and a router with something of everything, linked, filtered and balanced. */
async function build(client: Client, tenantId: string): Promise<Record<'bridge' | 'router' | 'chain', string>> {
  const chain = await client.chains.create({ body: { name: 'in', tenantId } });
  await client.chains.createRule({ id: chain.id, body: { type: 'drop', tpDst: { start: 80, end: 80 }, nwProto: 6 } });
  const bridge = await client.bridges.create({ body: { name: 'red', tenantId, inboundFilterId: chain.id } });
  const web = await client.bridges.createPort({ id: bridge.id, body: { vifId: 'web', inboundFilterId: chain.id } });
  const up = await client.bridges.createPort({ id: bridge.id, body: { vifId: 'up' } });
  const router = await client.routers.create({ body: { name: 'edge', tenantId } });
  const down = await client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'], vifId: 'down' } });
  await client.ports.link({ id: down.id, body: { peerId: up.id } });
  await client.routers.createRoute({
    id: router.id,
    body: { dstNetworkAddr: '10.0.0.0', dstNetworkLength: 24, nextHopPort: down.id },
  });
  await client.dhcpSubnets.create({ id: bridge.id, body: { subnetPrefix: '10.0.0.0', subnetLength: 24 } });
  await client.dhcpHosts.create({
    id: bridge.id,
    subnet: '10.0.0.0_24',
    body: { macAddr: '02:00:00:00:00:01', ipAddr: '10.0.0.5' },
  });
  await client.macTable.create({ id: bridge.id, body: { macAddr: '02:00:00:00:00:01', portId: web.id } });
  const mirror = await client.mirrors.create({ body: { name: 'm', toPortId: web.id, conditions: [{}] } });
  const shown = { inboundMirrorIds: [mirror.id] };
  await client.bridges.update({ id: bridge.id, body: shown });
  await client.ports.update({ id: web.id, body: { postInFilterMirrorIds: [mirror.id] } });
  await client.routers.update({ id: router.id, body: { ...shown, outboundMirrorIds: [mirror.id] } });
  const traced = { deviceType: 'ROUTER', deviceId: router.id, enabled: true };
  const request = await client.traceRequests.create({ body: { name: 't', ...traced } });
  await client.chains.createRule({ id: chain.id, body: { type: 'trace', requestId: request.id } });
  const group = await client.portGroups.create({ body: { name: 'g', tenantId } });
  await client.portGroupPorts.create({ id: group.id, body: { portId: web.id } });
  return { bridge: bridge.id, router: router.id, chain: chain.id };
}

for (const what of ['bridge', 'router', 'chain'] as const) {
  test(`a deleted ${what} comes back with all that went with it`, { timeout: 60_000 }, async () => {
    await using h = await startHarness();
    const made = await build(h.client, 'acme');
    const before = await topology(h);
    const at = String(await h.store.revision());
    const group = ({ bridge: 'bridges', router: 'routers', chain: 'chains' } as const)[what];
    await h.client[group].remove({ id: made[what] });
    const after = await topology(h);
    assert.notDeepEqual(after, before);
    const body = { object: `${what}/${made[what]}`, at };
    const dry = await h.client.restore.run({ body: { ...body, dryRun: true } });
    assert.deepEqual(await topology(h), after, 'a dry run changes nothing');
    const { changes, dryRun } = await h.client.restore.run({ body });
    assert.deepEqual([changes, dryRun], [dry.changes, false]);
    assert.deepEqual(await topology(h), before, 'all is as it was');
    assert.deepEqual((await h.client.restore.run({ body })).changes, []);
    const [told] = await h.client.audit.list({ query: { limit: '1' } });
    assert.ok(told?.changes.some(({ op, object }) => op === 'create' && object === body.object));
  });
}

test('a changed object gets its fields back; what is in the way is named', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { id } = await client.bridges.create({ body: { name: 'red' } });
  const { id: other } = await client.routers.create({ body: { name: 'edge' } });
  const up = await client.bridges.createPort({ id, body: {} });
  const [one, two] = await Promise.all(
    ['10.0.0.1/24', '10.1.0.1/24'].map((subnet) =>
      client.routers.createPort({ id: other, body: { portSubnet: [subnet] } }),
    ),
  );
  await client.ports.link({ id: up.id, body: { peerId: one?.id ?? '' } });
  const at = String(await h.store.revision());
  await client.bridges.update({ id, body: { name: 'blue' } });
  const { changes } = await client.restore.run({ body: { object: `bridge/${id}`, at } });
  assert.deepEqual(changes, [
    { op: 'update', object: `bridge/${id}`, fields: [{ field: 'name', before: 'blue', after: 'red' }] },
  ]);
  assert.equal((await client.bridges.get({ id })).name, 'red');

  await client.ports.unlink({ id: up.id });
  await client.ports.link({ id: up.id, body: { peerId: two?.id ?? '' } });
  const object = `port/${up.id}`;
  await assert.rejects(client.restore.run({ body: { object, at } }), /unlink it first/);
  await client.ports.unlink({ id: up.id });
  await client.restore.run({ body: { object, at } });
  assert.equal((await client.ports.get({ id: up.id })).peerId, one?.id);
  await assert.rejects(client.restore.run({ body: { object: `bridge/${up.id}`, at } }), status(404));
});

test("what comes back counts against the tenant's quota, and stays plugged as the provider says", async () => {
  await using h = await startHarness();
  await h.client.quotas.update({ tenantId: 'acme', body: { bridges: 1, ports: 2 } });
  await h.client.users.create({ body: { name: 'ann', password: 'long enough', role: 'member', tenantId: 'acme' } });
  const { token } = await h.client.apiTokens.create({ body: { user: 'ann' } });
  const ann = createClient({ baseUrl: h.controller.url, token });
  const host = await h.client.hosts.create({ body: { name: 'hv1' } });
  const { id } = await ann.bridges.create({ body: { name: 'red' } });
  const [web] = [await ann.bridges.createPort({ id, body: {} }), await ann.bridges.createPort({ id, body: {} })];
  await h.client.hostPorts.create({ id: host.id, body: { portId: web.id, interfaceName: 'tap0' } });
  const body = { object: `bridge/${id}`, at: String(await h.store.revision()) };
  await ann.bridges.remove({ id });
  const { id: blue } = await ann.bridges.create({ body: { name: 'blue' } });
  await assert.rejects(ann.restore.run({ body }), /quota of bridges is used up/);
  await ann.bridges.remove({ id: blue });
  await ann.restore.run({ body });
  assert.deepEqual((await ann.quotas.get({ tenantId: 'acme' })).used.ports, 2);
  await assert.rejects(ann.bridges.createPort({ id, body: {} }), /quota of ports is used up/);
  assert.equal((await h.client.ports.get({ id: web.id })).hostId, null, 'a tenant plugs nothing in');
});

async function memberOf({ client, controller }: Harness, tenantId: string): Promise<Client> {
  const user = `member-of-${tenantId}`;
  await client.users.create({ body: { name: user, password: 'long enough', role: 'member', tenantId } });
  const { token } = await client.apiTokens.create({ body: { user } });
  return createClient({ baseUrl: controller.url, token });
}

test('a bridge that comes back with its port counts as any other', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  await h.client.quotas.update({ tenantId: 'acme', body: { bridges: 1 } });
  const ann = await memberOf(h, 'acme');
  const { id } = await ann.bridges.create({ body: { name: 'red' } });
  const port = await ann.bridges.createPort({ id, body: {} });
  const at = String(await h.store.revision());
  await ann.bridges.remove({ id });
  await ann.bridges.create({ body: { name: 'blue' } });
  const body = { object: `port/${port.id}`, at };
  await assert.rejects(ann.restore.run({ body }), /quota of bridges is used up/);
  assert.equal((await ann.bridges.list()).length, 1);
});

test('what was given away is not taken back when its last owner deletes it', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const [acme, umbrella] = [await memberOf(h, 'acme'), await memberOf(h, 'umbrella')];
  const { id } = await acme.bridges.create({ body: { name: 'red' } });
  const body = { object: `bridge/${id}`, at: String(await h.store.revision()) };
  await h.client.bridges.update({ id, body: { tenantId: 'umbrella' } });
  await assert.rejects(acme.restore.run({ body }), status(404));
  await umbrella.bridges.remove({ id });
  await assert.rejects(acme.restore.run({ body }), status(404));
  assert.deepEqual(await h.client.bridges.list(), []);
});

test("a tenant's own bridge comes back with a port that is shown to a mirror", { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const acme = await memberOf(h, 'acme');
  const { id } = await acme.bridges.create({ body: { name: 'red' } });
  const [shown, tap] = [
    await acme.bridges.createPort({ id, body: {} }),
    await acme.bridges.createPort({ id, body: {} }),
  ];
  const mirror = await acme.mirrors.create({ body: { name: 'm', toPortId: tap.id, conditions: [{}] } });
  await acme.ports.update({ id: shown.id, body: { inboundMirrorIds: [mirror.id] } });
  const at = String(await h.store.revision());
  await acme.bridges.remove({ id });
  await acme.restore.run({ body: { object: `bridge/${id}`, at } });
  assert.deepEqual((await acme.ports.get({ id: shown.id })).inboundMirrorIds, [mirror.id]);
});
