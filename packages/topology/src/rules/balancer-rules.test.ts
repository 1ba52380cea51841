import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  balancer,
  balancerId,
  Cloud,
  hostId,
  ip,
  member,
  memberId,
  monitor,
  monitorId,
  pool,
  poolId,
  router,
  routerId,
  vip,
  vipId,
} from '../../testing/cloud.ts';
import { sharedRowKey, type Entity, type HealthMonitor, type SharedRow } from '../index.ts';
import { memberViolations } from './members.ts';

async function cloudOf(...entities: Entity[]): Promise<Cloud> {
  const cloud = new Cloud();
  assert.equal(await cloud.create(...entities), 'done');
  return cloud;
}

const attach = (cloud: Cloud, n: number, to: number | undefined) =>
  cloud.update('router', routerId(n), (one) => ({
    ...one,
    loadBalancerId: to === undefined ? undefined : balancerId(to),
  }));

test('a load balancer is at one router, which stays while it is there', async () => {
  const cloud = await cloudOf(router(1), router(2), balancer(1));
  assert.equal(await attach(cloud, 1, 9), 'invalid loadBalancerId');
  assert.equal(await attach(cloud, 1, 1), 'done');
  assert.equal(await attach(cloud, 2, 1), 'conflict loadBalancerId');
  assert.equal(await cloud.remove('router', routerId(1)), 'inUse loadBalancerId');
  assert.equal(await attach(cloud, 1, undefined), 'done');
  assert.equal(await attach(cloud, 2, 1), 'done');
  assert.equal(await cloud.remove('router', routerId(1)), 'done');
});

test('deleting a load balancer takes everything below it along and leaves monitors and routers', async () => {
  const cloud = await cloudOf(router(1), balancer(1), monitor(1), pool(1, 1, { healthMonitorId: monitorId(1) }));
  await attach(cloud, 1, 1);
  assert.equal(await cloud.create(member(1, 1), member(2, 1), vip(1, 1, 1)), 'done');
  const row: SharedRow = {
    ...{ kind: 'memberHealth', poolId: poolId(1), memberId: memberId(1), status: 'down' },
    hostId: hostId(1),
  };
  cloud.table.put(sharedRowKey(row), row);
  assert.equal(await cloud.remove('loadBalancer', balancerId(1)), 'done');
  assert.deepEqual(
    cloud.table
      .entities()
      .map(({ kind }) => kind)
      .sort(),
    ['healthMonitor', 'router'],
  );
  assert.equal((await cloud.get('router', routerId(1)))?.loadBalancerId, undefined);
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => !/^(healthMonitor|router)\//.test(key)),
    [],
  );
});

test('a pool goes with its members and VIPs, a monitor leaves its pools, and neither leaves health behind', async () => {
  const watched = { healthMonitorId: monitorId(1) };
  const cloud = await cloudOf(balancer(1), monitor(1), pool(1, 1, watched), pool(2, 1, watched), member(1, 1));
  assert.equal(await cloud.create(member(2, 2), vip(1, 1, 1), vip(2, 1, 2)), 'done');
  for (const n of [1, 2]) cloud.table.put(`memberHealth/${poolId(n)}/${memberId(n)}`, {});
  assert.equal(await cloud.remove('pool', poolId(1)), 'done');
  assert.equal(await cloud.get('poolMember', memberId(1)), undefined);
  assert.equal(await cloud.get('vip', vipId(1)), undefined);
  assert.equal(await cloud.remove('healthMonitor', monitorId(1)), 'done');
  assert.equal((await cloud.get('pool', poolId(2)))?.healthMonitorId, undefined);
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => key.startsWith('memberHealth/')),
    [],
  );
});

test('members and VIPs of a pool are of one IP version, told by the field', async () => {
  const cloud = await cloudOf(balancer(1), pool(1, 1), pool(2, 1), member(1, 1), vip(1, 1, 1));
  assert.equal(await cloud.create(member(2, 1, '2001:db8::2')), 'invalid address');
  assert.equal(await cloud.create(vip(2, 1, 1, '2001:db8::1')), 'invalid address');
  assert.equal(await cloud.create(vip(2, 1, 2, '2001:db8::1'), member(2, 2, '2001:db8::2')), 'done');
  const move = (to: number) => cloud.update('vip', vipId(2), (one) => ({ ...one, poolId: poolId(to) }));
  assert.equal(await move(1), 'invalid address');
  assert.equal(await move(9), 'invalid poolId');
  const renumber = (n: number, address: string) =>
    cloud.update('poolMember', memberId(n), (one) => ({ ...one, address: ip(address) }));
  assert.equal(await renumber(1, '2001:db8::9'), 'invalid address');
  assert.equal(await cloud.remove('vip', vipId(1)), 'done');
  assert.equal(await renumber(1, '2001:db8::9'), 'done', 'the last of a pool may change');
});

test('one VIP an address, port and protocol; another protocol, port or load balancer is another place', async () => {
  const cloud = await cloudOf(balancer(1), balancer(2), pool(1, 1), pool(2, 1, { protocol: 'udp' }), pool(3, 2));
  const at = (n: number, on: number, to: number, port = 53) => vip(n, on, to, '192.0.2.1', { port });
  assert.equal(await cloud.create(at(1, 1, 1)), 'done');
  assert.equal(await cloud.create(at(2, 1, 1)), 'conflict protocolPort');
  assert.equal(await cloud.create(at(2, 1, 2), at(3, 1, 1, 54), at(4, 2, 3)), 'done');
  const protocol = (n: number, to: 'tcp' | 'udp') =>
    cloud.update('pool', poolId(n), (one) => ({ ...one, protocol: to }));
  assert.equal(await protocol(2, 'tcp'), 'conflict protocol');
  assert.equal(await cloud.update('vip', vipId(3), (one) => ({ ...one, port: 53 })), 'conflict protocolPort');
  assert.equal(await cloud.remove('vip', vipId(1)), 'done');
  assert.equal(await protocol(2, 'tcp'), 'done');
  assert.equal(await cloud.create(at(5, 1, 3, 99)), 'invalid loadBalancerId');
  assert.equal(
    await cloud.update('vip', vipId(2), (one) => ({ ...one, loadBalancerId: balancerId(2) })),
    'invalid loadBalancerId',
  );
});

test('creators of members and VIPs of one version do not conflict; a creator and the deletion of the pool do', async () => {
  const { planCreate, planDelete, ReadRecorder } = await import('../index.ts');
  const cloud = await cloudOf(balancer(1), pool(1, 1), member(1, 1));
  const plan = (entity: Entity) => planCreate(entity, new ReadRecorder(cloud.table));
  const [a, b, c] = [await plan(member(2, 1)), await plan(member(3, 1)), await plan(vip(1, 1, 1))];
  const other = await plan(member(4, 1, '10.0.0.4'));
  const gone = await planDelete(pool(1, 1), new ReadRecorder(cloud.table));
  for (const one of [a, b, c, other]) assert.ok(one.kind === 'plan' && cloud.table.commit(one));
  assert.ok(gone.kind === 'plan' && !cloud.table.commit(gone));
});

test('what no packet or check could meet is refused by its field', () => {
  const properties = (entity: Entity) => memberViolations(entity).map(({ property }) => property);
  assert.deepEqual(properties(member(1, 1, '224.0.0.1', { port: 0, weight: 257 })), [
    'address',
    'protocolPort',
    'weight',
  ]);
  assert.deepEqual(properties(member(1, 1, '10.0.0.1', { port: 65535, weight: 0 })), []);
  assert.deepEqual(properties(vip(1, 1, 1, '::', { port: 65536 })), ['address', 'protocolPort']);
  const http = (rest: Partial<Extract<HealthMonitor, { type: 'http' }>>): Entity => ({
    ...monitor(1),
    ...{ type: 'http', path: '/', expectedCodes: [{ start: 200, end: 299 }] },
    ...rest,
  });
  assert.deepEqual(properties(http({})), []);
  assert.deepEqual(properties({ ...monitor(1), delay: 1, timeout: 2, maxRetries: 0 }), ['timeout', 'maxRetries']);
  assert.deepEqual(properties({ ...monitor(1), delay: 0, timeout: 0 }), ['delay', 'timeout']);
  for (const path of ['', 'x', '/a b', '/\r\nHost: x', '/ä'])
    assert.deepEqual(properties(http({ path })), ['urlPath'], path);
  for (const expectedCodes of [[], [{ start: 299, end: 200 }], [{ start: 200, end: 600 }]]) {
    assert.deepEqual(properties(http({ expectedCodes })), ['expectedCodes']);
  }
});
