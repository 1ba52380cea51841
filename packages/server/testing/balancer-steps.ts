import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;

/** Drives every endpoint of load balancers. */
export async function balancerSteps(
  h: Harness,
  step: Step,
  { routerId }: { readonly routerId: string },
): Promise<void> {
  const { client } = h;
  const balancer = await client.loadBalancers.create({ body: {} });
  const { id } = balancer;
  await step('loadBalancers.create', () => Promise.resolve(assert.equal(balancer.routerId, null)));
  await client.routers.update({ id: routerId, body: { loadBalancerId: id } });
  await step('loadBalancers.get', async () => {
    assert.equal((await client.loadBalancers.get({ id })).routerId, routerId);
  });
  await step('loadBalancers.list', async () => assert.equal((await client.loadBalancers.list()).length, 1));
  await step('loadBalancers.update', async () => {
    const body = { ...balancer, adminStateUp: false };
    assert.equal((await client.loadBalancers.update({ id, body })).adminStateUp, false);
  });
  const monitor = await monitorSteps(h, step);
  await poolSteps(h, step, { id, monitor });
  await step('loadBalancers.remove', () => client.loadBalancers.remove({ id }));
  assert.equal((await client.routers.get({ id: routerId })).loadBalancerId, null);
  assert.deepEqual(
    [await client.pools.list(), await client.vips.list(), await client.poolMembers.list()],
    [[], [], []],
  );
  await step('healthMonitors.remove', () => client.healthMonitors.remove({ id: monitor }));
}

async function monitorSteps({ client }: Harness, step: Step): Promise<string> {
  const monitor = await client.healthMonitors.create({
    body: { type: 'http', delay: 2, expectedCodes: '200, 301-302' },
  });
  const { id } = monitor;
  await step('healthMonitors.create', () => {
    const { type, timeout, urlPath, expectedCodes } = monitor;
    return Promise.resolve(assert.deepEqual([type, timeout, urlPath, expectedCodes], ['HTTP', 2, '/', '200,301-302']));
  });
  await step('healthMonitors.get', async () => assert.deepEqual(await client.healthMonitors.get({ id }), monitor));
  await step('healthMonitors.list', async () => assert.deepEqual(await client.healthMonitors.list(), [monitor]));
  await step('healthMonitors.update', async () => {
    const shown = await client.healthMonitors.update({ id, body: { ...monitor, type: 'TCP', urlPath: null } });
    assert.deepEqual([shown.type, shown.urlPath, shown.expectedCodes, shown.delay], ['TCP', null, null, 2]);
  });
  return id;
}

type Below = { readonly id: string; readonly monitor: string };

async function poolSteps({ client }: Harness, step: Step, { id, monitor }: Below): Promise<void> {
  const pool = await client.loadBalancers.createPool({ id, body: { healthMonitorId: monitor } });
  await step('loadBalancers.createPool', () => Promise.resolve(assert.equal(pool.loadBalancerId, id)));
  const other = await client.pools.create({ body: { loadBalancerId: id, protocol: 'UDP' } });
  await step('pools.create', () =>
    Promise.resolve(assert.deepEqual([other.protocol, other.mappingStatus], ['UDP', 'INACTIVE'])),
  );
  const idsOf = (list: readonly { readonly id: string }[]) => list.map((one) => one.id).sort();
  await step('loadBalancers.pools', async () =>
    assert.deepEqual(idsOf(await client.loadBalancers.pools({ id })), idsOf([pool, other])),
  );
  await step('pools.list', async () =>
    assert.deepEqual(idsOf(await client.pools.list({ query: { hm_id: monitor } })), [pool.id]),
  );
  await step('healthMonitors.pools', async () =>
    assert.deepEqual(idsOf(await client.healthMonitors.pools({ id: monitor })), [pool.id]),
  );
  await step('pools.update', async () => {
    const shown = await client.pools.update({ id: other.id, body: { ...other, protocol: 'TCP', adminStateUp: false } });
    assert.deepEqual([shown.protocol, shown.status], ['TCP', 'INACTIVE']);
  });
  const first = await client.pools.createMember({ id: pool.id, body: { address: '10.0.0.2', protocolPort: 80 } });
  await step('pools.createMember', () =>
    Promise.resolve(assert.deepEqual([first.weight, first.status], [1, 'ACTIVE'])),
  );
  const body = { poolId: pool.id, address: '10.0.0.3', protocolPort: 80, weight: 0 };
  const second = await client.poolMembers.create({ body });
  await step('poolMembers.create', () => Promise.resolve(assert.equal(second.weight, 0)));
  const members = idsOf([first, second]);
  await step('pools.members', async () => assert.deepEqual(idsOf(await client.pools.members(pool)), members));
  await step('poolMembers.list', async () => assert.deepEqual(idsOf(await client.poolMembers.list()), members));
  await step('poolMembers.get', async () => assert.deepEqual(await client.poolMembers.get(first), first));
  await step('poolMembers.update', async () => {
    const shown = await client.poolMembers.update({ id: first.id, body: { ...first, adminStateUp: false, weight: 9 } });
    assert.deepEqual([shown.adminStateUp, shown.weight, shown.address], [false, 9, '10.0.0.2']);
  });
  await vipSteps(client, step, pool.id);
  await step('pools.get', async () => {
    const shown = await client.pools.get(pool);
    assert.deepEqual([shown.poolMemberIds.toSorted(), shown.vipIds.length], [members, 1]);
    assert.equal(shown.mappingStatus, 'PENDING_CREATE');
  });
  await step('loadBalancers.vips', async () => assert.equal((await client.loadBalancers.vips({ id })).length, 1));
  await step('poolMembers.remove', () => client.poolMembers.remove(second));
  await step('pools.remove', () => client.pools.remove(other));
}

async function vipSteps(client: Harness['client'], step: Step, pool: string): Promise<void> {
  const place = { address: '192.0.2.1', protocolPort: 80 };
  const vip = await client.pools.createVip({ id: pool, body: { ...place, sessionPersistence: 'SOURCE_IP' } });
  await step('pools.createVip', () => Promise.resolve(assert.equal(vip.sessionPersistence, 'SOURCE_IP')));
  const second = await client.vips.create({ body: { ...place, protocolPort: 443, poolId: pool } });
  await step('vips.create', () => Promise.resolve(assert.equal(second.loadBalancerId, vip.loadBalancerId)));
  await step('vips.list', async () => assert.equal((await client.vips.list()).length, 2));
  await step('vips.get', async () => assert.deepEqual(await client.vips.get(vip), vip));
  await step('pools.vips', async () => assert.equal((await client.pools.vips({ id: pool })).length, 2));
  await step('vips.update', async () => {
    const kept = await client.vips.update({ id: vip.id, body: { protocolPort: 8080 } });
    assert.deepEqual([kept.protocolPort, kept.sessionPersistence], [8080, 'SOURCE_IP']);
    const ended = await client.vips.update({ id: vip.id, body: { ...kept, sessionPersistence: null } });
    assert.equal(ended.sessionPersistence, null);
  });
  await step('vips.remove', () => client.vips.remove(second));
}
