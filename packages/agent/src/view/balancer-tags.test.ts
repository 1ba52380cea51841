import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag } from '@midonet/flow';
import { parseIp } from '@midonet/packet';
import { Devices, entityKey, parseId, sharedRowKey, type AnyId, type Entity, type SharedRow } from '@midonet/topology';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, TopologyItem, Vip } from '@midonet/topology';
import { balancerTags } from './balancer-tags.ts';

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
const vip: Vip = { kind: 'vip', id: id(5), loadBalancerId: balancer.id, poolId: pool.id, address, port: 80, ...up };
const health = (status: 'up' | 'down'): SharedRow => {
  return { kind: 'memberHealth', poolId: pool.id, memberId: member.id, status, hostId: id(6) };
};

type Value = Entity | Extract<SharedRow, { readonly kind: 'memberHealth' | 'healthChecker' }>;
const keyOf = (value: Value) =>
  value.kind === 'memberHealth' || value.kind === 'healthChecker' ? sharedRowKey(value) : entityKey(value);

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
  const ids = {
    ...{ balancer: balancer.id, healthChecker: balancer.id },
    ...{ pool: pool.id, poolChoice: pool.id, poolMember: member.id },
  };
  for (const tag of tags) assert.ok(Object.entries(ids).some(([kind, id]) => tag === deviceTag(kind as 'pool', id)));
  return tags.map((tag) => tag.split(':', 1)[0]).join(' ');
}

test('all flows through the router end when states and places change that they may be concerned by', () => {
  const other = known(parseIp('10.0.0.3'));
  for (const changed of [
    { ...balancer, adminStateUp: false },
    { ...pool, protocol: 'udp' } as const,
    { ...member, address: other },
    { ...member, id: id(7) } as Entity,
    { ...vip, port: 81 },
    { ...vip, sessionPersistence: 'sourceIp' } as const,
  ]) {
    assert.equal(ends([changed]), 'balancer', JSON.stringify({ ...changed, address: 0 }));
  }
  for (const gone of [balancer, pool, member, vip]) assert.equal(ends([], [gone]), 'balancer', gone.kind);
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
