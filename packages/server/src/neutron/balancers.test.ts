import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type Client } from '@midonet/contract';
import { ethernet, frame, ipv4, parseIp4, parseMac, tcp } from '@midonet/packet';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { makeNeutron, newMachineMac, type NeutronWorld } from '../../testing/neutron-world.ts';

const limit = { timeout: 30_000 };
const PLURAL = 'application/vnd.org.midonet.neutron.lb.PoolsV2-v1+json';

function refusal(property: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError && error.failure.kind === 'refused', String(error));
    const properties = error.failure.violations.map((violation) => violation.property);
    assert.deepEqual([error.status, properties], [400, [property]]);
    return true;
  };
}

/** All that is in the topology, by what it is. */
async function counts(client: Client): Promise<Record<string, number>> {
  const { loadBalancers, pools, poolMembers, vips, healthMonitors, bridges, routers, ports, chains } = client;
  const lists = { loadBalancers, pools, poolMembers, vips, healthMonitors, bridges, routers, ports, chains };
  const counted = Object.entries(lists).map(async ([name, group]) => [name, (await group.list()).length] as const);
  return Object.fromEntries(await Promise.all(counted));
}

test('load balancers of the first kind follow their router, pool, members, VIP and monitor', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeNeutron(client, 'acme');
  const { neutronLbPool: pool, neutronLbMember: member, neutronLbVip: vip, neutronLbHealthMonitor: monitor } = world;
  const { loadBalancerId } = await client.routers.get({ id: world.neutronRouter });
  const made = await client.pools.get({ id: pool });
  assert.deepEqual([made.loadBalancerId, made.healthMonitorId, made.protocol], [loadBalancerId, monitor, 'TCP']);
  assert.deepEqual([made.poolMemberIds, made.vipIds], [[member], [vip]]);
  assert.equal((await client.healthMonitors.get({ id: monitor })).timeout, 5);
  const arps = async () => (await client.arpTable.list({ id: world.neutronNetwork })).map(({ ip }) => ip);
  assert.ok((await arps()).includes('10.7.0.80'));

  await client.neutronLbPools.update({ id: pool, body: { name: 'web', router_id: null, admin_state_up: false } });
  const renamed = await client.pools.get({ id: pool });
  assert.deepEqual([renamed.name, renamed.adminStateUp, renamed.loadBalancerId], ['web', false, loadBalancerId]);
  await client.neutronLbMembers.update({ id: member, body: { weight: 5 } });
  assert.equal((await client.poolMembers.get({ id: member })).weight, 5);
  await client.neutronLbVips.update({ id: vip, body: { address: '10.7.0.81', pool_id: null } });
  await assert.rejects(client.vips.get({ id: vip }), (error) => error instanceof ApiError && error.status === 404);
  await client.neutronLbVips.update({ id: vip, body: { pool_id: pool, session_persistence: { type: 'SOURCE_IP' } } });
  const moved = await client.vips.get({ id: vip });
  assert.deepEqual([moved.address, moved.sessionPersistence], ['10.7.0.81', 'SOURCE_IP']);
  assert.ok((await arps()).includes('10.7.0.81') && !(await arps()).includes('10.7.0.80'));

  await client.neutronLbPools.removeMonitor({ id: pool, monitorId: monitor });
  assert.equal((await client.pools.get({ id: pool })).healthMonitorId, null);
  await client.neutronLbPools.addMonitor({ id: pool, body: { id: monitor } });
  assert.equal((await client.pools.get({ id: pool })).healthMonitorId, monitor);

  await client.neutronLbPools.remove({ id: pool });
  assert.deepEqual(await client.neutronLbMembers.list(), []);
  assert.equal((await client.routers.get({ id: world.neutronRouter })).loadBalancerId, null);
  assert.ok(!(await arps()).includes('10.7.0.81'));
});

test('a pool whose router is not told is at the router of its subnet', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeNeutron(client, 'acme');
  const { id } = await client.neutronLbPools.create({ body: { subnet_id: world.neutronSubnet, protocol: 'TCP' } });
  const { loadBalancerId } = await client.routers.get({ id: world.neutronRouter });
  assert.equal((await client.pools.get({ id })).loadBalancerId, loadBalancerId);
  await client.neutronRouters.remove({ id: world.neutronRouter });
  assert.equal((await client.pools.list()).length, 1, 'that of the second kind');
  assert.equal((await client.neutronLbPools.get({ id })).id, id);
});

test('load balancers of the second kind are routers of their own', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeNeutron(client, 'acme');
  const { neutronLoadBalancer: id, neutronPool: pool, neutronListener: listener, neutronPoolMember: member } = world;
  const { routerId } = await client.loadBalancers.get({ id });
  assert.notEqual(routerId, null);
  assert.equal((await client.ports.get({ id: world.neutronVipPort })).type, 'Bridge');
  assert.equal((await client.neutronListenersV2.get({ id: listener }))['default_pool_id'], pool);
  const vip = await client.vips.get({ id: listener });
  assert.deepEqual([vip.address, vip.protocolPort, vip.poolId], ['10.7.0.90', 80, pool]);
  assert.equal((await client.poolMembers.get({ id: member })).status, 'ACTIVE');
  assert.equal((await client.pools.get({ id: pool })).healthMonitorId, world.neutronHealthMonitor);

  await client.neutronLoadBalancersV2.update({ id, body: { admin_state_up: false } });
  assert.equal((await client.loadBalancers.get({ id })).adminStateUp, false);
  await client.neutronListenersV2.update({ id: listener, body: { default_pool_id: null } });
  assert.equal((await client.vips.list()).length, 1, 'that of the first kind');
  await client.neutronListenersV2.update({ id: listener, body: { default_pool_id: pool } });
  await client.neutronPoolsV2.update({ id: pool, body: { session_persistence: { type: 'SOURCE_IP' } } });
  assert.equal((await client.vips.get({ id: listener })).sessionPersistence, 'SOURCE_IP');
  // Its port first: Neutron does it the other way round, but the network may go with all its ports.
  await client.neutronPorts.remove({ id: world.neutronVipPort });
  await assert.rejects(client.pools.get({ id: pool }), (error) => error instanceof ApiError && error.status === 404);
  await client.neutronLoadBalancersV2.remove({ id });
  assert.deepEqual([await client.neutronPoolsV2.list(), await client.neutronListenersV2.list()], [[], []]);
});

test('nothing is left when Neutron has deleted everything', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeNeutron(client, 'acme');
  await client.neutronHealthMonitorsV2.remove({ id: world.neutronHealthMonitor });
  await client.neutronPoolMembersV2.remove({ id: world.neutronPoolMember });
  await client.neutronPoolsV2.remove({ id: world.neutronPool });
  await client.neutronListenersV2.remove({ id: world.neutronListener });
  await client.neutronLoadBalancersV2.remove({ id: world.neutronLoadBalancer });
  await client.neutronLbVips.remove({ id: world.neutronLbVip });
  await client.neutronLbHealthMonitors.remove({ id: world.neutronLbHealthMonitor });
  await client.neutronLbMembers.remove({ id: world.neutronLbMember });
  await client.neutronLbPools.remove({ id: world.neutronLbPool });
  const { loadBalancers, pools, poolMembers, vips, healthMonitors } = await counts(client);
  assert.deepEqual([loadBalancers, pools, poolMembers, vips, healthMonitors], [0, 0, 0, 0, 0]);
  await client.neutronFloatingIps.remove({ id: world.neutronFloatingIp });
  await client.neutronRouters.remove({ id: world.neutronRouter });
  for (const id of [world.neutronNetwork, world.neutronVlanNetwork]) await client.neutronNetworks.remove({ id });
  await client.neutronSecurityGroups.remove({ id: world.neutronSecurityGroup });
  assert.deepEqual([...new Set(Object.values(await counts(client)))], [0]);
});

test('one object comes under the name of many, and goes back under it', limit, async () => {
  await using h = await startHarness();
  const headers = { 'content-type': PLURAL, accept: PLURAL };
  const made = await h.fetch('/neutron/pools_v2', { method: 'POST', headers, body: '{"protocol":"tcp"}' });
  assert.deepEqual([made.status, made.headers.get('content-type')], [201, PLURAL]);
});

test('what is not balanced is refused by the name of its member', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const vip = { address: '10.7.0.81', protocol_port: 80 };
  const cases = [
    ['protocol', () => client.neutronPoolsV2.create({ body: { protocol: 'HTTP' } })],
    ['lb_algorithm', () => client.neutronPoolsV2.create({ body: { lb_algorithm: 'LEAST_CONNECTIONS' } })],
    ['lb_method', () => client.neutronLbPools.create({ body: { lb_method: 'SOURCE_IP' } })],
    ['type', () => client.neutronHealthMonitorsV2.create({ body: { type: 'PING' } })],
    [
      'session_persistence.type',
      () => client.neutronLbVips.create({ body: { ...vip, session_persistence: { type: 'APP_COOKIE' } } }),
    ],
    ['loadbalancers.0', () => client.neutronPoolsV2.create({ body: { loadbalancers: [{ id: 'lb' }] } })],
  ] as const;
  for (const [property, create] of cases) await assert.rejects(create(), refusal(property), property);
});

/** What becomes of a first packet of 10.7.0.6 to port 80 of a VIP. */
async function asked({ client }: Harness, world: NeutronWorld, vip: string, mac: string): Promise<string[]> {
  const own = newMachineMac();
  const fixed_ips = [{ subnet_id: world.neutronSubnet, ip_address: '10.7.0.6' }];
  const port = { network_id: world.neutronNetwork, mac_address: own, fixed_ips, port_security_enabled: false };
  const { id } = await client.neutronPorts.create({ body: port });
  const bytes = frame(
    ethernet({ dst: parseMac(mac) ?? assert.fail(), src: parseMac(own) ?? assert.fail() }),
    ipv4({ src: parseIp4('10.7.0.6') ?? assert.fail(), dst: parseIp4(vip) ?? assert.fail() }),
    tcp({ srcPort: 5000, dstPort: 80 }),
  );
  const outcome = await client.simulation.run({ body: { portId: id, frame: Buffer.from(bytes).toString('hex') } });
  await client.neutronPorts.remove({ id });
  return outcome.trace.flatMap(({ action }) => (action.kind === 'rewrite' ? [String(action['detail'])] : []));
}

test('a neighbour of a member comes to it through a VIP of either kind', limit, async () => {
  await using h = await startHarness();
  const world = await makeNeutron(h.client, 'acme');
  const leg = await h.client.neutronPorts.get({ id: world.neutronInterface });
  const member = 'destination to 10.7.0.5, port 8080';
  // Its source is translated where the packet would leave, with ports that a host leases: here it waits for those.
  const first = await asked(h, world, '10.7.0.80', String(leg['mac_address']));
  assert.ok(first.includes(member), first.join('\n'));
  const second = await asked(h, world, '10.7.0.90', 'fa:16:3f:00:00:90');
  assert.ok(second.includes(member), second.join('\n'));
});
