import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient, type Client } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { NAMINGS } from '../../testing/namings.ts';
import { refusal } from '../../testing/refusal.ts';
import { ghostWorld, makeWorld } from '../../testing/world.ts';

async function member(h: Harness, tenantId: string): Promise<Client> {
  await h.client.users.create({ body: { name: tenantId, password: 'long enough', role: 'member', tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user: tenantId } });
  return createClient({ baseUrl: h.controller.url, token });
}

test("naming another tenant's thing is refused word for word as naming nothing", { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const own = await makeWorld(h.client, 'umbrella');
  const client = await member(h, 'umbrella');
  for (const [what, name] of Object.entries(NAMINGS)) {
    const ghost = ghostWorld();
    const nothing = await refusal(name(client, own, ghost), ghost);
    const theirs = await refusal(name(client, own, other), other);
    assert.ok([400, 404].includes(nothing[0] ?? 0), `${what}: ${nothing.join(' ')}`);
    assert.deepEqual([what, ...theirs], [what, ...nothing]);
  }
  for (const [what, name] of Object.entries(NAMINGS)) {
    const mine = await refusal(name(client, own, own), own);
    // A second link and a jump to itself are refused for what they are.
    assert.ok([200, 409].includes(mine[0] ?? 0), `${what}, one's own: ${mine.join(' ')}`);
  }
});

test('what an administrator joined to another tenant stays, and may be taken off', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const own = await makeWorld(h.client, 'umbrella');
  const client = await member(h, 'umbrella');
  await h.client.ports.link({ id: own.loose, body: { peerId: other.routerPort } });
  const port = await client.ports.get({ id: own.loose });
  assert.equal(port.peerId, other.routerPort, 'they see that their port is linked');
  assert.deepEqual(await client.bridges.peerPorts({ id: own.bridge }), [], 'not what is at the far end');
  await client.ports.update({ id: own.loose, body: { ...port, vifId: 'uplink' } });
  assert.equal((await h.client.ports.get({ id: own.loose })).peerId, other.routerPort);
  await client.bridges.remove({ id: own.bridge });
  assert.equal((await h.client.ports.get({ id: other.routerPort })).peerId, null, 'the far end is set free');
  await h.client.bridges.update({ id: other.bridge, body: { inboundFilterId: own.chain } });
  await client.chains.remove({ id: own.chain });
  assert.equal((await h.client.bridges.get({ id: other.bridge })).inboundFilterId, null);
});

test('a tenant cannot give away, take over, or plug in', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const own = await makeWorld(h.client, 'umbrella');
  const client = await member(h, 'umbrella');
  const is403 = (error: unknown) => error instanceof ApiError && error.status === 403;
  await assert.rejects(client.bridges.update({ id: own.bridge, body: { tenantId: 'acme' } }), is403);
  await assert.rejects(client.bridges.create({ body: { tenantId: 'acme' } }), is403);
  assert.equal((await client.bridges.create({ body: { name: 'mine' } })).tenantId, 'umbrella');
  await assert.rejects(client.loadBalancers.update({ id: own.balancer, body: { tenantId: 'acme' } }), is403);
  assert.equal((await client.loadBalancers.create({ body: {} })).tenantId, 'umbrella');
  assert.equal((await client.healthMonitors.create({ body: {} })).tenantId, 'umbrella');
  await assert.rejects(
    client.ports.update({ id: own.loose, body: { hostId: own.host, interfaceName: 'tap7' } }),
    is403,
  );
  await assert.rejects(client.ports.update({ id: own.port, body: { interfaceName: 'eth0' } }), is403);
  const shown = await client.ports.get({ id: own.port });
  assert.deepEqual([shown.hostId, shown.interfaceName, shown.host], [null, null, null]);
  await client.ports.update({ id: own.port, body: { ...shown, adminStateUp: false } });
  assert.equal((await h.client.ports.get({ id: own.port })).interfaceName, 'tap0', 'still plugged in');
});

test('what-if ends at the border of the tenant', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const own = await makeWorld(h.client, 'umbrella');
  const client = await member(h, 'umbrella');
  await h.client.ports.link({ id: own.loose, body: { peerId: other.routerPort } });
  const lease = await h.store.grantLease(60_000);
  const row = { kind: 'portActive', portId: own.port, hostId: own.host, tunnelKey: 1 };
  const write = { kind: 'put', key: `portActive/${own.port}`, value: JSON.stringify(row), lease } as const;
  await h.store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  const frame = 'ffffffffffff 0200000000aa 0806 0001080006040001 0200000000aa 0a000002 000000000000 0a000001';
  const ask = async (as: Client) => JSON.stringify(await as.simulation.run({ body: { portId: own.port, frame } }));
  assert.ok((await ask(h.client)).includes(other.router), 'an admin sees the walk through the other router');
  const seen = await ask(client);
  assert.ok(seen.includes(own.bridge), seen);
  for (const id of [other.router, other.bridge, other.route, own.host]) assert.ok(!seen.includes(id), seen);
  assert.equal((JSON.parse(seen) as { verdict: string }).verdict, 'blocked');
});
