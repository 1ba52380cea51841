import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints, ApiError, createClient, type Client, type Role } from '@midonet/contract';
import { CALLS } from '../../testing/endpoint-calls.ts';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { provided } from '../../testing/provided.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { ghostWorld, makeWorld, type World } from '../../testing/world.ts';

const limit = { timeout: 120_000 };
const ROLES: readonly Exclude<Role, 'admin'>[] = ['tenant-admin', 'member', 'reader'];

async function clientOf(h: Harness, tenantId: string, role: Exclude<Role, 'admin'>): Promise<Client> {
  const user = `${role}-of-${tenantId}`;
  await h.client.users.create({ body: { name: user, password: 'long enough', role, tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user } });
  return createClient({ baseUrl: h.controller.url, token });
}

const status = (code: number) => (error: unknown) => error instanceof ApiError && error.status === code;

test('what a tenant is linked to, and what is shared, shows in outline, marked; nothing else does', limit, async () => {
  await using h = await startHarness();
  const { chain, edge, uplink, acme, umbrella, shared, plain, loose } = await provided(h);
  const client = await clientOf(h, 'acme', 'reader');
  const routers = await client.routers.list();
  assert.deepEqual(routers.map(({ name, readOnly }) => [name, readOnly]).sort(), [
    ['acme-router', false],
    ['edge', true],
  ]);
  const seen = await client.routers.get({ id: edge.id });
  assert.deepEqual([seen.name, seen.readOnly, seen.shared, seen.tenantId], ['edge', true, false, '']);
  assert.deepEqual([seen.inboundFilterId, seen.routeIds, seen.portIds], [null, [], [acme.far.id]]);
  const bridges = await client.bridges.list();
  assert.deepEqual(
    bridges.map(({ id, name, readOnly, shared: of, tenantId }) => [id, name, readOnly, of, tenantId]),
    [[shared.id, 'external', true, true, '']],
  );
  const far = await client.ports.get({ id: acme.far.id });
  assert.deepEqual([far.readOnly, far.peerId, far.portAddress, far.vifId], [true, acme.near.id, '100.64.1.1', null]);
  assert.deepEqual((await client.ports.list()).map(({ id }) => id).sort(), [acme.near.id, acme.far.id].sort());
  assert.deepEqual(
    (await client.routers.ports({ id: edge.id })).map(({ id }) => id),
    [acme.far.id],
  );
  assert.deepEqual(
    (await client.routers.peerPorts({ id: acme.inner.id })).map(({ id }) => id),
    [acme.far.id],
  );
  assert.deepEqual(await client.routers.routes({ id: edge.id }), []);
  assert.deepEqual(await client.chains.list(), []);
  for (const id of [uplink.id, umbrella.far.id, umbrella.near.id, loose.id]) {
    await assert.rejects(client.ports.get({ id }), status(404));
  }
  await assert.rejects(client.routers.get({ id: umbrella.inner.id }), status(404));
  await assert.rejects(client.bridges.get({ id: plain.id }), status(404));
  await assert.rejects(client.chains.get({ id: chain.id }), status(404));
  // The link goes, and the view of it; a bridge that is shared no more is not there.
  await h.client.ports.unlink({ id: acme.near.id });
  await h.client.bridges.update({ id: shared.id, body: { shared: false } });
  await assert.rejects(client.routers.get({ id: edge.id }), status(404));
  await assert.rejects(client.ports.get({ id: acme.far.id }), status(404));
  assert.deepEqual(await client.bridges.list(), []);
});

for (const role of ROLES) {
  test(`${role}: nothing that shows can be changed, by any endpoint`, limit, async () => {
    await using h = await startHarness();
    const own = await makeWorld(h.client, 'acme');
    const { edge, acme, shared, loose } = await provided(h);
    const client = await clientOf(h, 'acme', role);
    const kept = async (): Promise<Map<string, string>> => {
      const { entries } = await h.store.list('');
      return new Map(entries.filter(({ key }) => !key.startsWith('audit/')).map(({ key, value }) => [key, value]));
    };
    const before = await kept();
    const theirs = { bridge: shared.id, router: edge.id, port: acme.far.id, routerPort: acme.far.id };
    const world: World = { ...ghostWorld(), ...theirs, loose: loose.id, tenantId: own.tenantId };
    const groups = ['bridges', 'routers', 'ports', 'dhcpSubnets', 'dhcp6Subnets', 'macTable', 'arpTable'];
    let refused = 0;
    for (const { group, operation, endpoint } of allEndpoints()) {
      if (!groups.includes(group) || endpoint.method === 'GET' || operation === 'create') continue;
      const call: unknown = Reflect.get(Reflect.get(CALLS, group) as object, operation);
      const run = call as (client: Client, world: World) => Promise<unknown>; // complete by its type
      await assert.rejects(run(client, world), (error) => error instanceof ApiError && (error.status ?? 0) >= 400);
      refused++;
    }
    assert.ok(refused >= 12, `${refused} endpoints that write`);
    const forbidden = role === 'reader' ? /your role/ : /is not yours: you may look at it, and not change it/;
    for (const attempt of [
      () => client.routers.update({ id: edge.id, body: { name: 'mine' } }),
      () => client.routers.patch({ id: edge.id, body: { name: 'mine' }, ifMatch: '*' }),
      () => client.routers.remove({ id: edge.id }),
      () => client.bridges.remove({ id: shared.id }),
      () => client.ports.unlink({ id: acme.far.id }),
      () => client.ports.remove({ id: acme.far.id }),
    ]) {
      await assert.rejects(attempt(), (error) => status(403)(error) && forbidden.test((error as Error).message));
    }
    await assert.rejects(client.bridges.update({ id: own.bridge, body: { shared: true } }), status(403));
    await assert.rejects(client.bridges.create({ body: { shared: true } }), status(403));
    assert.deepEqual(await kept(), before);
  });
}

/** Ethernet, IPv4, an echo request. */
function echo(dstMac: string, dst: readonly number[]): string {
  const header = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 1, 0, 10, ...dst];
  const sum = (bytes: readonly number[]): number => {
    let total = 0;
    for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0);
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
    return ~total & 0xffff;
  };
  const checksum = sum(header);
  header[10] = checksum >> 8;
  header[11] = checksum & 0xff;
  const message = [8, 0, 0xf7, 0xff, 0, 0, 0, 0];
  const hex = [...header, ...message].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${dstMac.replaceAll(':', '')}0200000000aa0800${hex}`;
}

test(
  'a trace goes on through what is the provider’s, tells only that it does, and ends before other tenants',
  limit,
  async () => {
    await using h = await startHarness();
    const { chain, edge, uplink, acme, umbrella } = await provided(h);
    const bridge = await h.client.bridges.create({ body: { tenantId: 'acme', name: 'red' } });
    const vm = await h.client.bridges.createPort({ id: bridge.id, body: {} });
    const up = await h.client.bridges.createPort({ id: bridge.id, body: {} });
    const down = await h.client.routers.createPort({ id: acme.inner.id, body: { portSubnet: ['10.1.0.1/24'] } });
    await h.client.ports.link({ id: up.id, body: { peerId: down.id } });
    const client = await clientOf(h, 'acme', 'member');
    const ask = (dst: readonly number[], who = client) =>
      who.simulation.run({ body: { portId: vm.id, frame: echo(down.portMac ?? '', dst) } });
    const HOST = '99999999-9999-4999-8999-999999999999';
    const agent = await WatchClient.connect(h.controller.url);
    await agent.hello({ id: HOST, name: 'gateway' });
    const tell = async (row: object): Promise<void> => {
      agent.send({ op: 'rows', id: 1, puts: [row], deletes: [] });
      await agent.next('ack');
    };
    await h.client.hostPorts.create({ id: HOST, body: { portId: uplink.id, interfaceName: 'up0' } });
    await tell({ kind: 'portActive', portId: uplink.id, hostId: HOST, tunnelKey: 1 });
    const waits = await ask([203, 0, 113, 9]);
    assert.deepEqual([waits.verdict, waits.missing], ['blocked', [{ kind: 'notYours' }]]);
    const neighbour = { kind: 'neighbour', routerId: edge.id, portId: uplink.id, mac: '02:00:00:00:00:99' };
    await tell({ ...neighbour, ip: '203.0.113.1' });
    const full = await ask([203, 0, 113, 9], h.client);
    assert.deepEqual([full.verdict, full.egressPorts], ['forward', [uplink.id]], 'an administrator sees the way out');
    const told = await ask([203, 0, 113, 9]);
    assert.deepEqual([told.verdict, told.egressPorts], ['forward', []]);
    assert.match(told.explanation, /a network that is not yours/);
    const text = JSON.stringify([told, waits]);
    for (const hidden of [uplink.id, chain.id, umbrella.far.id, umbrella.near.id, umbrella.inner.id, HOST, 'guard']) {
      assert.ok(!text.includes(hidden), `${hidden} shows in ${text}`);
    }
    const at = told.trace.map((step) => `${step.at.id === edge.id ? 'edge' : step.at.kind} ${step.action.kind}`);
    assert.equal(at.filter((one) => one.startsWith('edge')).join(), 'edge hidden');
    assert.ok(
      at.some((one) => one === 'router route'),
      at.join(),
    );
    // Where another tenant begins it ends, whatever there is.
    const other = await ask([10, 2, 0, 9]);
    assert.ok(!JSON.stringify(other).includes(umbrella.inner.id));
    assert.ok(!JSON.stringify(other).includes(umbrella.near.id));
    assert.notEqual(other.verdict, 'forward');
    await agent.close();
    const port = acme.far.id;
    await assert.rejects(
      client.simulation.run({ body: { portId: port, frame: echo('02:00:00:00:00:01', [1, 1, 1, 1]) } }),
      status(403),
    );
  },
);
