import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { ethernet, frame, ipv4, parseIp4, parseMac, tcp, type Mac } from '@midonet/packet';
import { startHarness, type Harness } from '../testing/harness.ts';
import { WatchClient } from '../testing/watch-client.ts';

const limit = { timeout: 20_000 };
const HOST = '00000000-0000-4000-8000-0000000000aa';
const NOWHERE = '11111111-1111-4111-8111-111111111111';

function refusal(status: number, property: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError && error.failure.kind === 'refused', String(error));
    const properties = error.failure.violations.map((violation) => violation.property);
    assert.deepEqual([error.status, properties], [status, [property]]);
    return true;
  };
}

/** A router with a load balancer, a checked pool of two members, and a VIP. */
async function balanced({ client }: Harness) {
  const balancer = await client.loadBalancers.create({ body: {} });
  const router = await client.routers.create({ body: { name: 'edge', loadBalancerId: balancer.id } });
  const monitor = await client.healthMonitors.create({ body: {} });
  const pool = await client.loadBalancers.createPool({ id: balancer.id, body: { healthMonitorId: monitor.id } });
  const add = (address: string) => client.pools.createMember({ id: pool.id, body: { address, protocolPort: 80 } });
  const members = [await add('10.0.0.2'), await add('10.0.0.3')] as const;
  const vip = await client.pools.createVip({ id: pool.id, body: { address: '192.0.2.1', protocolPort: 80 } });
  return { balancer, router, monitor, pool, members, vip };
}

async function agent(h: Harness): Promise<WatchClient> {
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello({ id: HOST, name: 'h' });
  return watch;
}

test('what is wrong is told by its field, with the status MidoNet gives', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { balancer, router, pool, members, vip } = await balanced(h);
  const place = { address: '10.0.0.9', protocolPort: 80 };
  await assert.rejects(client.routers.remove(router), refusal(409, 'loadBalancerId'));
  await assert.rejects(
    client.routers.create({ body: { loadBalancerId: balancer.id } }),
    refusal(409, 'loadBalancerId'),
  );
  await assert.rejects(client.routers.create({ body: { loadBalancerId: NOWHERE } }), refusal(400, 'loadBalancerId'));
  await assert.rejects(client.pools.create({ body: {} }), refusal(400, 'loadBalancerId'));
  await assert.rejects(
    client.pools.update({ id: pool.id, body: { healthMonitorId: NOWHERE } }),
    refusal(400, 'healthMonitorId'),
  );
  await assert.rejects(client.pools.update({ id: pool.id, body: { protocol: 'HTTP' } }), refusal(400, 'protocol'));
  await assert.rejects(
    client.pools.create({ body: { loadBalancerId: balancer.id, lbMethod: 'LEAST' } }),
    refusal(400, 'lbMethod'),
  );
  const member = (body: object) => client.pools.createMember({ id: pool.id, body: { ...place, ...body } });
  await assert.rejects(member({ address: '2001:db8::9' }), refusal(400, 'address'));
  await assert.rejects(member({ address: null }), refusal(400, 'address'));
  await assert.rejects(member({ protocolPort: 65536 }), refusal(400, 'protocolPort'));
  await assert.rejects(member({ weight: -1 }), refusal(400, 'weight'));
  await assert.rejects(member({ id: members[0].id }), refusal(409, 'id'));
  await assert.rejects(client.poolMembers.create({ body: { ...place, poolId: NOWHERE } }), refusal(404, 'poolId'));
  await assert.rejects(client.poolMembers.create({ body: place }), refusal(400, 'poolId'));
  const samePlace = { address: vip.address, protocolPort: vip.protocolPort };
  await assert.rejects(client.pools.createVip({ id: pool.id, body: samePlace }), refusal(409, 'protocolPort'));
  await assert.rejects(client.vips.create({ body: samePlace }), refusal(400, 'poolId'));
  const foreign = { ...place, poolId: pool.id, loadBalancerId: NOWHERE };
  await assert.rejects(client.vips.create({ body: foreign }), refusal(400, 'loadBalancerId'));
  const cookie = { ...place, sessionPersistence: 'HTTP_COOKIE' };
  await assert.rejects(client.pools.createVip({ id: pool.id, body: cookie }), refusal(400, 'sessionPersistence'));
  await assert.rejects(client.healthMonitors.create({ body: { delay: 1, timeout: 2 } }), refusal(400, 'timeout'));
  await assert.rejects(client.healthMonitors.create({ body: { expectedCodes: '2xx' } }), refusal(400, 'expectedCodes'));
  await assert.rejects(client.healthMonitors.create({ body: { type: 'PING' } }), refusal(400, 'type'));
});

test('IPv6 members and VIPs, and UDP beside TCP on one address and port', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { balancer, vip } = await balanced(h);
  const udp = await client.loadBalancers.createPool({ id: balancer.id, body: { protocol: 'udp' } });
  const body = { address: vip.address, protocolPort: vip.protocolPort };
  assert.equal((await client.pools.createVip({ id: udp.id, body })).poolId, udp.id);
  const six = await client.loadBalancers.createPool({ id: balancer.id, body: {} });
  const at = { address: '2001:DB8:0::2', protocolPort: 80 };
  assert.equal((await client.pools.createMember({ id: six.id, body: at })).address, '2001:db8::2');
  assert.equal((await client.pools.createVip({ id: six.id, body: at })).address, '2001:db8::2');
});

test(
  'health that an agent reports shows as status while the monitor is on, and goes with the agent',
  limit,
  async () => {
    await using h = await startHarness();
    const { client } = h;
    const { monitor, pool, members } = await balanced(h);
    const status = async () => (await client.pools.members(pool)).map((one) => [one.id, one.status]).toSorted();
    const expected = (first: string) =>
      [
        [members[0].id, first],
        [members[1].id, 'ACTIVE'],
      ].toSorted();
    assert.deepEqual(await status(), expected('ACTIVE'), 'nobody has asked yet');
    assert.equal((await client.pools.get(pool)).mappingStatus, 'PENDING_CREATE');
    const checker = await agent(h);
    const row = { kind: 'memberHealth', poolId: pool.id, memberId: members[0].id, status: 'down', hostId: HOST };
    checker.send({ op: 'rows', id: 1, puts: [row], deletes: [] });
    await checker.next('ack');
    assert.deepEqual(await status(), expected('INACTIVE'));
    assert.equal((await client.poolMembers.get(members[0])).status, 'INACTIVE');
    assert.equal((await client.pools.get(pool)).mappingStatus, 'ACTIVE');
    checker.send({ op: 'rows', id: 2, puts: [{ ...row, hostId: NOWHERE }], deletes: [] });
    assert.equal((await checker.next('refused')).code, 'forbidden', 'in the name of another host');
    await client.healthMonitors.update({ id: monitor.id, body: { adminStateUp: false } });
    assert.deepEqual(await status(), expected('ACTIVE'));
    await client.healthMonitors.update({ id: monitor.id, body: { adminStateUp: true } });
    assert.deepEqual(await status(), expected('INACTIVE'));
    const viewer = await WatchClient.connect(h.controller.url);
    await viewer.hello();
    viewer.send({ op: 'subscribe', sub: 1, topic: { kind: 'collection', of: 'memberHealth' } });
    assert.equal((await viewer.next('snapshot')).items.length, 1);
    checker.send({ op: 'bye' });
    assert.deepEqual(
      (await viewer.next('delta')).changes.map(({ value }) => value),
      [null],
    );
    assert.deepEqual(await status(), expected('ACTIVE'));
    await Promise.all([checker.close(), viewer.close()]);
  },
);

test('watching a load balancer gives all below it, and then what changes there', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { balancer, monitor, pool, members, vip } = await balanced(h);
  await balanced(h);
  const checker = await agent(h);
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'balancer', id: balancer.id } });
  const keys = [`loadBalancer/${balancer.id}`, `pool/${pool.id}`, `vip/${vip.id}`, `healthMonitor/${monitor.id}`];
  const snapshot = await watch.next('snapshot');
  assert.deepEqual(
    snapshot.items.map(({ key }) => key).toSorted(),
    [...keys, ...members.map(({ id }) => `poolMember/${id}`)].toSorted(),
  );
  const changes = async () =>
    new Map((await watch.next('delta')).changes.map(({ key, value }) => [key, value !== null]));
  const health = `memberHealth/${pool.id}/${members[0].id}`;
  const row = { kind: 'memberHealth', poolId: pool.id, memberId: members[0].id, status: 'down', hostId: HOST };
  checker.send({ op: 'rows', id: 1, puts: [row], deletes: [] });
  assert.deepEqual(await changes(), new Map([[health, true]]));
  const other = await client.loadBalancers.createPool({ id: balancer.id, body: {} });
  assert.deepEqual(await changes(), new Map([[`pool/${other.id}`, true]]));
  const added = await client.pools.createMember({ id: other.id, body: { address: '10.0.0.4', protocolPort: 1 } });
  assert.deepEqual(await changes(), new Map([[`poolMember/${added.id}`, true]]));
  await client.vips.update({ id: vip.id, body: { poolId: other.id } });
  assert.deepEqual(await changes(), new Map([[`vip/${vip.id}`, true]]));
  await client.pools.update({ id: pool.id, body: { healthMonitorId: null } });
  assert.deepEqual(
    await changes(),
    new Map([
      [`pool/${pool.id}`, true],
      [`healthMonitor/${monitor.id}`, false],
    ]),
  );
  await client.pools.remove(pool);
  const gone = [`pool/${pool.id}`, health, ...members.map(({ id }) => `poolMember/${id}`)];
  assert.deepEqual(new Map([...(await changes())].sort()), new Map(gone.map((key) => [key, false] as const).sort()));
  await client.loadBalancers.remove(balancer);
  const rest = [`loadBalancer/${balancer.id}`, `pool/${other.id}`, `poolMember/${added.id}`, `vip/${vip.id}`];
  assert.deepEqual(new Map([...(await changes())].sort()), new Map(rest.map((key) => [key, false] as const).sort()));
  await Promise.all([checker.close(), watch.close()]);
});

test("the checks of a load balancer are the first host's that claims them, until it is gone", limit, async () => {
  await using h = await startHarness();
  const { balancer } = await balanced(h);
  const first = await agent(h);
  const second = await WatchClient.connect(h.controller.url);
  await second.hello({ id: NOWHERE, name: 'second' });
  const claim = (hostId: string) => ({ kind: 'healthChecker', balancerId: balancer.id, hostId, tunnelKey: 7 });
  const viewer = await WatchClient.connect(h.controller.url);
  await viewer.hello();
  viewer.send({ op: 'subscribe', sub: 1, topic: { kind: 'balancer', id: balancer.id } });
  await viewer.next('snapshot');
  first.send({ op: 'rows', id: 1, puts: [claim(HOST)], deletes: [] });
  await first.next('ack');
  const key = `healthChecker/${balancer.id}`;
  assert.deepEqual(
    (await viewer.next('delta')).changes.map((change) => [change.key, (change.value as { hostId: string }).hostId]),
    [[key, HOST]],
  );
  second.send({ op: 'rows', id: 1, puts: [claim(NOWHERE)], deletes: [] });
  assert.equal((await second.next('refused')).code, 'taken');
  second.send({ op: 'rows', id: 2, puts: [], deletes: [key] });
  await second.next('ack');
  first.send({ op: 'rows', id: 2, puts: [{ ...claim(HOST), tunnelKey: 8 }], deletes: [] });
  await first.next('ack');
  first.send({ op: 'bye' });
  await viewer.next('delta', ({ changes }) => changes.some(({ value }) => value === null));
  second.send({ op: 'rows', id: 3, puts: [claim(NOWHERE)], deletes: [] });
  await second.next('ack');
  await h.client.loadBalancers.remove(balancer);
  await viewer.next('delta', ({ changes }) => changes.some((change) => change.key === key && change.value === null));
  await Promise.all([first.close(), second.close(), viewer.close()]);
});

test('what a member answers to a check is explained as such while somebody asks', limit, async () => {
  await using h = await startHarness();
  const { balancer, router } = await balanced(h);
  const port = await h.client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  const bytes = frame(
    ethernet({ dst: parseMac(port.portMac ?? '') ?? assert.fail(), src: 2 as Mac }),
    ipv4({ src: parseIp4('10.0.0.2') ?? assert.fail(), dst: parseIp4('10.0.0.1') ?? assert.fail() }),
    tcp({ srcPort: 80, dstPort: 600 }),
  );
  const ask = async () =>
    (await h.client.simulation.run({ body: { portId: port.id, frame: Buffer.from(bytes).toString('hex') } })).reason;
  assert.equal(await ask(), 'notLocalService');
  const checker = await agent(h);
  const row = { kind: 'healthChecker', balancerId: balancer.id, hostId: HOST, tunnelKey: 7 };
  checker.send({ op: 'rows', id: 1, puts: [row], deletes: [] });
  await checker.next('ack');
  assert.equal(await ask(), 'healthAnswer');
  await checker.close();
});
