import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type QuotaKind } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { makeWorld, SUBNET } from '../../testing/world.ts';
import { AccessStore } from '../access/access-store.ts';
import { systemClock } from '../clock.ts';
import { TopologyReader } from '../topology/reader.ts';
import { QuotaBook } from './quota-book.ts';

const usedUp = (kind: QuotaKind) => (error: unknown) =>
  error instanceof ApiError && error.status === 403 && error.message.includes(`the quota of ${kind} is used up`);

/** The count that is kept is what counting finds. */
async function checkCount({ client, store }: Harness, tenantId: string): Promise<void> {
  const book = new QuotaBook(new AccessStore(store, systemClock), new TopologyReader(store));
  assert.notEqual(await store.get(`access/usage/${tenantId}`), undefined, 'a count is kept');
  assert.deepEqual((await client.quotas.get({ tenantId })).used, await book.count(tenantId));
}

test('a limit is met exactly, however many ask at once', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeWorld(client, 'acme');
  await client.quotas.update({ tenantId: 'acme', body: { ports: 10, bridges: 1 } });
  assert.equal((await client.quotas.get({ tenantId: 'acme' })).used.ports, 4);
  const tries = Array.from({ length: 20 }, () => client.bridges.createPort({ id: world.bridge, body: {} }));
  const settled = await Promise.allSettled(tries);
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 6);
  for (const one of settled) if (one.status === 'rejected') assert.ok(usedUp('ports')(one.reason), String(one.reason));
  await checkCount(h, 'acme');
  await assert.rejects(client.bridges.create({ body: { tenantId: 'acme' } }), usedUp('bridges'));
  await client.bridges.create({ body: { tenantId: 'other' } });
  await client.bridges.create({ body: {} });
});

test('what goes makes room, devices with all that hangs on them', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeWorld(client, 'acme');
  const limits = { bridges: 1, routers: 1, ports: 4, routes: 1, chains: 1, rules: 1, portGroups: 1, ipAddrGroups: 1 };
  await client.quotas.update({ tenantId: 'acme', body: limits });
  const refused: readonly (readonly [QuotaKind, () => Promise<unknown>])[] = [
    ['routers', () => client.routers.create({ body: { tenantId: 'acme' } })],
    ['ports', () => client.routers.createPort({ id: world.router, body: { portSubnet: ['10.3.0.1/24'] } })],
    ['routes', () => client.routers.createRoute({ id: world.router, body: { type: 'Reject' } })],
    ['chains', () => client.chains.create({ body: { tenantId: 'acme' } })],
    ['rules', () => client.chains.createRule({ id: world.chain, body: { type: 'drop' } })],
    ['portGroups', () => client.portGroups.create({ body: { tenantId: 'acme' } })],
    ['ipAddrGroups', () => client.ipAddrGroups.create({ body: { tenantId: 'acme' } })],
  ];
  for (const [kind, run] of refused) await assert.rejects(run(), usedUp(kind), kind);
  const bound = await client.ports.get({ id: world.port });
  await client.hostPorts.remove({ id: bound.hostId ?? '', portId: world.port });
  await client.quotas.update({ tenantId: 'acme', body: { bridges: 2 } });
  const spare = await client.bridges.create({ body: { tenantId: 'acme' } });
  await checkCount(h, 'acme');
  await client.loadBalancers.remove({ id: world.balancer });
  await client.routers.remove({ id: world.router });
  await client.chains.remove({ id: world.chain });
  await client.bridges.remove({ id: spare.id });
  await checkCount(h, 'acme');
  const { used } = await client.quotas.get({ tenantId: 'acme' });
  assert.deepEqual([used.routers, used.ports, used.routes, used.chains, used.rules], [0, 3, 0, 0, 0]);
  await client.routers.create({ body: { tenantId: 'acme' } });
  await client.bridges.update({ id: world.bridge, body: { tenantId: 'umbrella' } });
  assert.equal((await client.quotas.get({ tenantId: 'acme' })).used.ports, 0, 'ports go with their bridge');
});

test('tenants without limits of their own have the default', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  await client.quotas.update({ tenantId: 'default', body: { bridges: 1 } });
  await client.bridges.create({ body: { tenantId: 'a' } });
  await assert.rejects(client.bridges.create({ body: { tenantId: 'a' } }), usedUp('bridges'));
  await client.quotas.update({ tenantId: 'b', body: { bridges: 0 } });
  await assert.rejects(client.bridges.create({ body: { tenantId: 'b' } }), usedUp('bridges'));
  await client.quotas.remove({ tenantId: 'b' });
  await client.bridges.create({ body: { tenantId: 'b' } });
  await client.quotas.update({ tenantId: 'default', body: { bridges: null } });
  for (let i = 0; i < 3; i++) await client.bridges.create({ body: { tenantId: 'a' } });
  await checkCount(h, 'a');
});

test('load balancers, what they are made of, and policies have quotas of their own', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  const world = await makeWorld(client, 'acme');
  const full = { loadBalancers: 1, pools: 1, poolMembers: 1, vips: 1, healthMonitors: 1, qosPolicies: 2 };
  await client.quotas.update({ tenantId: 'acme', body: full });
  const place = (address: string) => ({ address, protocolPort: 81 });
  const refused: readonly (readonly [QuotaKind, () => Promise<unknown>])[] = [
    ['loadBalancers', () => client.loadBalancers.create({ body: { tenantId: 'acme' } })],
    ['pools', () => client.loadBalancers.createPool({ id: world.balancer, body: {} })],
    ['poolMembers', () => client.pools.createMember({ id: world.pool, body: place('10.0.0.51') })],
    ['vips', () => client.pools.createVip({ id: world.pool, body: place('10.0.0.52') })],
    ['healthMonitors', () => client.healthMonitors.create({ body: { tenantId: 'acme' } })],
    ['qosPolicies', () => client.qosPolicies.create({ body: { tenantId: 'acme' } })],
  ];
  for (const [kind, run] of refused) await assert.rejects(run(), usedUp(kind), kind);
  // Whoever may have one more of one kind makes the count, which is kept from then on.
  await client.quotas.update({ tenantId: 'acme', body: { qosPolicies: 3 } });
  await client.qosPolicies.create({ body: { tenantId: 'acme' } });
  await checkCount(h, 'acme');
  await client.loadBalancers.remove({ id: world.balancer });
  await client.qosPolicies.remove({ id: world.emptyPolicy });
  await checkCount(h, 'acme');
  const { used } = await client.quotas.get({ tenantId: 'acme' });
  const left = [used.loadBalancers, used.pools, used.poolMembers, used.vips, used.healthMonitors, used.qosPolicies];
  assert.deepEqual(left, [0, 0, 0, 0, 1, 2]);
});

test('a count of a version that counted fewer kinds is made anew', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { client, store } = h;
  await makeWorld(client, 'acme');
  await client.quotas.update({ tenantId: 'acme', body: { pools: 1, chains: 9 } });
  const older = async (): Promise<void> => {
    const used = { bridges: 1, routers: 1, ports: 3, routes: 1, chains: 1, rules: 1, portGroups: 1, ipAddrGroups: 1 };
    const value = JSON.stringify({ tenantId: 'acme', used });
    const write = { kind: 'put', key: 'access/usage/acme', value } as const;
    await store.commit({ author: { user: 'test' }, conditions: [], writes: [write] });
  };
  await older();
  assert.equal((await client.quotas.get({ tenantId: 'acme' })).used.pools, 1);
  const { id } = await client.chains.create({ body: { tenantId: 'acme' } });
  await checkCount(h, 'acme');
  await older();
  await client.chains.remove({ id });
  assert.equal(await store.get('access/usage/acme'), undefined);
  await client.chains.create({ body: { tenantId: 'acme' } });
  await checkCount(h, 'acme');
});

test(
  'what else a tenant makes has quotas of its own, and goes off the count however it goes',
  { timeout: 120_000 },
  async () => {
    await using h = await startHarness();
    const { client } = h;
    const world = await makeWorld(client, 'acme');
    const { bridge: id } = world;
    const full = { qosRules: 2, mirrors: 1, l2Insertions: 1, dhcpSubnets: 2, dhcpHosts: 2 };
    await client.quotas.update({ tenantId: 'acme', body: full });
    await client.quotas.update({
      tenantId: 'acme',
      body: { staticMacs: 2, staticArps: 1, portGroupMembers: 1, ipAddrGroupAddrs: 1, traceRequests: 1 },
    });
    const [mac, vlan] = ['02:00:00:00:00:77', '7'];
    const refused: readonly (readonly [QuotaKind, () => Promise<unknown>])[] = [
      ['qosRules', () => client.qosPolicies.createDscpRule({ id: world.emptyPolicy, body: { dscpMark: 8 } })],
      ['mirrors', () => client.mirrors.create({ body: { name: 'm', toPortId: world.loose, conditions: [{}] } })],
      [
        'l2Insertions',
        () => client.l2Insertions.create({ body: { portId: world.port, srvPortId: world.loose, mac, vlan: 11 } }),
      ],
      ['traceRequests', () => client.traceRequests.create({ body: { deviceType: 'BRIDGE', deviceId: id } })],
      ['dhcpSubnets', () => client.dhcpSubnets.create({ id, body: { subnetPrefix: '10.7.0.0', subnetLength: 24 } })],
      ['dhcpSubnets', () => client.dhcp6Subnets.create({ id, body: { prefix: 'fd07::', prefixLength: 64 } })],
      ['dhcpHosts', () => client.dhcpHosts.create({ id, subnet: SUBNET, body: { macAddr: mac, ipAddr: '10.0.0.7' } })],
      ['staticMacs', () => client.vlanMacTable.create({ id, vlan, body: { macAddr: mac, portId: world.port } })],
      ['staticArps', () => client.arpTable.create({ id, body: { ip: '10.0.0.77', mac } })],
      ['portGroupMembers', () => client.portGroupPorts.create({ id: world.portGroup, body: { portId: world.loose } })],
      ['ipAddrGroupAddrs', () => client.ipAddrGroupAddrs.create({ id: world.ipGroup, body: { addr: '192.0.2.7' } })],
    ];
    for (const [kind, run] of refused) await assert.rejects(run(), usedUp(kind), kind);
    // Another of one kind makes the count, which is kept from then on.
    await client.quotas.update({ tenantId: 'acme', body: { mirrors: 2, bridges: 9 } });
    await client.mirrors.create({ body: { name: 'n', toPortId: world.loose, conditions: [{}] } });
    await checkCount(h, 'acme');
    await client.dhcpSubnets.remove({ id, subnet: SUBNET });
    await checkCount(h, 'acme');
    await client.ipAddrGroups.remove({ id: world.ipGroup });
    await checkCount(h, 'acme');
    const other = await client.bridges.create({ body: { tenantId: 'umbrella' } });
    const far = await client.bridges.createPort({ id: other.id, body: {} });
    await client.mirrors.update({ id: world.mirror, body: { toPortId: far.id } });
    assert.equal((await client.quotas.get({ tenantId: 'acme' })).used.mirrors, 1, 'a mirror goes with its port');
    await client.bridges.create({ body: { tenantId: 'acme' } });
    await client.hostPorts.remove({ id: world.host, portId: world.port });
    await client.bridges.remove({ id });
    await checkCount(h, 'acme');
    const { used } = await client.quotas.get({ tenantId: 'acme' });
    const left = [used.l2Insertions, used.dhcpSubnets, used.dhcpHosts, used.staticMacs, used.staticArps];
    assert.deepEqual([...left, used.portGroupMembers, used.mirrors, used.qosRules], [0, 0, 0, 0, 0, 0, 0, 2]);
  },
);
