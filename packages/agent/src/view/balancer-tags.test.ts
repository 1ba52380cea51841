import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag } from '@midonet/flow';
import { formatIp, parseIp } from '@midonet/packet';
import { Devices, entityKey, parseId, sharedRowKey, type AnyId, type Entity, type SharedRow } from '@midonet/topology';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, TopologyItem, Vip } from '@midonet/topology';
import { balancerPlaces, balancerTags } from './balancer-tags.ts';

const known = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};
const id = <T extends AnyId>(n: number): T => known(parseId<T>(`00000000-0000-4000-8000-00000000000${n}`));
const up = { adminStateUp: true } as const;
const balancer: LoadBalancer = { kind: 'loadBalancer', id: id(1), tenantId: '', ...up };
const monitor: HealthMonitor = {
  kind: 'healthMonitor',
  tenantId: '',
  id: id(2),
  ...up,
  type: 'tcp',
  delay: 5,
  timeout: 5,
  maxRetries: 3,
};
const pool: Pool = {
  ...{ kind: 'pool', id: id(3), loadBalancerId: balancer.id, healthMonitorId: monitor.id },
  ...{ ...up, protocol: 'tcp', lbMethod: 'roundRobin' },
};
const address = known(parseIp('10.0.0.2'));
const member: PoolMember = { kind: 'poolMember', id: id(4), poolId: pool.id, address, port: 80, weight: 1, ...up };
const vipAddress = known(parseIp('10.0.0.100'));
const vip: Vip = {
  ...{ kind: 'vip', id: id(5), loadBalancerId: balancer.id, poolId: pool.id, address: vipAddress, port: 80 },
  ...up,
};
const health = (status: 'up' | 'down'): SharedRow => {
  return { kind: 'memberHealth', poolId: pool.id, memberId: member.id, status, hostId: id(6) };
};

type Value = Entity | Extract<SharedRow, { readonly kind: 'memberHealth' | 'healthChecker' }>;
const keyOf = (value: Value) =>
  value.kind === 'memberHealth' || value.kind === 'healthChecker' ? sharedRowKey(value) : entityKey(value);

/** Addresses that the last batch concerned. */
const places = new Set<string>();

/** What a batch means to flows, on top of a load balancer with all its parts: the kinds of the tags. */
function ends(
  put: readonly (Entity | SharedRow)[],
  gone: readonly Value[] = [],
  before: readonly SharedRow[] = [],
): string {
  const devices = new Devices();
  const items = (values: readonly (Entity | SharedRow)[]): TopologyItem[] =>
    values.map((value) => ({ key: keyOf(value as Value), value }));
  const first = [...balancerTags(devices.apply(items([balancer, monitor, pool, member, vip, ...before])))];
  assert.deepEqual(first, [], 'what appears has no flows');
  devices.balancer(balancer.id);
  const changes = devices.apply([...items(put), ...gone.map((value) => ({ key: keyOf(value), value: undefined }))]);
  const tags = [...balancerTags(changes)];
  places.clear();
  for (const { before, after } of changes.balancers.values()) {
    if (before === undefined || after === undefined) continue;
    for (const address of balancerPlaces(before, after)) places.add(formatIp(address));
  }
  const ids = {
    ...{ balancer: balancer.id, healthChecker: balancer.id },
    ...{ pool: pool.id, poolChoice: pool.id, poolMember: member.id },
  };
  for (const tag of tags) assert.ok(Object.entries(ids).some(([kind, id]) => tag === deviceTag(kind as 'pool', id)));
  return tags.map((tag) => tag.split(':', 1)[0]).join(' ');
}

test('where places change, flows from and to these addresses end, and no others', () => {
  const other = known(parseIp('10.0.0.3'));
  const [at, vipAt, elsewhere] = ['10.0.0.2', '10.0.0.100', '10.0.0.3'];
  for (const [changed, tags, addresses] of [
    [{ ...pool, protocol: 'udp' }, '', [at, vipAt]],
    [{ ...member, address: other }, 'poolMember poolChoice', [at, elsewhere]],
    [{ ...member, port: 81 }, 'poolMember poolChoice', [at]],
    [{ ...member, id: id(7), address: other }, 'poolChoice', [elsewhere]],
    [{ ...vip, port: 81 }, '', [vipAt]],
    [{ ...vip, address: other }, '', [vipAt, elsewhere]],
    [{ ...vip, sessionPersistence: 'sourceIp' }, '', [vipAt]],
    [{ ...vip, adminStateUp: false }, '', [vipAt]],
    [{ ...member, weight: 2 }, 'poolChoice', []],
  ] as const) {
    assert.equal(ends([changed as Entity]), tags, JSON.stringify({ ...changed, address: 0 }));
    assert.deepEqual([...places].sort(), [...addresses].sort(), JSON.stringify({ ...changed, address: 0 }));
  }
  assert.equal(ends([], [pool]), 'pool');
  assert.deepEqual([...places].sort(), [vipAt, at].sort());
  assert.equal(ends([], [member]), 'poolMember poolChoice');
  assert.deepEqual([...places], [at]);
  assert.equal(ends([], [vip]), '');
  assert.deepEqual([...places], [vipAt]);
});

test('all flows through the router end with the load balancer, and when its state changes', () => {
  assert.equal(ends([{ ...balancer, adminStateUp: false }]), 'balancer');
  assert.equal(ends([], [balancer]), 'balancer');
});

test("a pool's own state ends its flows, a member's health those of its connections, and who would choose anew chooses", () => {
  assert.equal(ends([{ ...pool, adminStateUp: false }]), 'pool');
  for (const changed of [
    { ...member, weight: 2 },
    { ...member, adminStateUp: false },
  ]) {
    assert.equal(ends([changed]), 'poolChoice', 'connections stay');
  }
  assert.equal(ends([health('down')]), 'poolMember poolChoice');
  assert.equal(ends([health('up')], [], [health('down')]), 'poolMember poolChoice');
  const unasked = ends([{ ...monitor, adminStateUp: false }], [], [health('down')]);
  assert.equal(unasked, 'poolMember poolChoice', 'nobody asks any more');
});

test('flows stay when only the asking changes, or a member that counted as up is found to be', () => {
  assert.equal(ends([{ ...monitor, delay: 9 }]), '');
  assert.equal(ends([], [monitor]), '');
  assert.equal(ends([{ ...pool, healthMonitorId: undefined }], [], [health('up')]), '');
  assert.equal(ends([health('up')]), '');
});

test('answers to checks are taken from when there is somebody who asks, whoever it is', () => {
  const checker = (n: number): SharedRow => {
    return { kind: 'healthChecker', balancerId: balancer.id, hostId: id(n), tunnelKey: n };
  };
  assert.equal(ends([checker(6)]), 'healthChecker');
  assert.equal(ends([checker(7)], [], [checker(6)]), '');
});
