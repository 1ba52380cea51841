import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  balancer,
  balancerId,
  hostId,
  member,
  memberId,
  monitor,
  monitorId,
  pool,
  poolId,
  vip,
} from '../testing/cloud.ts';
import { Devices, entityKey, sharedRowKey, type Entity, type SharedRow, type TopologyItem } from '@midonet/topology';

type Value = Entity | SharedRow;
const keyOf = (value: Value) => (value.kind === 'memberHealth' ? sharedRowKey(value) : entityKey(value as Entity));
const put = (value: Value): TopologyItem => ({ key: keyOf(value), value });
const gone = (value: Value): TopologyItem => ({ key: keyOf(value), value: undefined });
const health = (n: number, of: number, status: 'up' | 'down'): SharedRow => {
  return { kind: 'memberHealth', poolId: poolId(of), memberId: memberId(n), status, hostId: hostId(1) };
};
const checked = (n: number, of: number) => pool(n, of, { healthMonitorId: monitorId(1) });

test('what belongs to a load balancer may come in any order, and a change keeps the rest of it', () => {
  const devices = new Devices();
  devices.apply([member(2, 1), health(2, 1, 'down'), member(1, 1), monitor(1), vip(1, 1, 1), checked(1, 1)].map(put));
  assert.equal(devices.balancer(balancerId(1)), undefined);
  const { balancers } = devices.apply([put(balancer(1)), put(pool(2, 1))]);
  const before = devices.balancer(balancerId(1));
  assert.equal(balancers.get(balancerId(1))?.after, before);
  assert.deepEqual(before?.pools.get(poolId(1))?.members, [member(1, 1), member(2, 1)]);
  assert.deepEqual([...before.health], [[memberId(2), 'down']]);
  assert.deepEqual(before.vips, [vip(1, 1, 1)]);
  const changes = devices.apply([put(health(2, 1, 'up'))]);
  const after = devices.balancer(balancerId(1));
  assert.deepEqual(changes.balancers.get(balancerId(1)), { before, after });
  assert.equal(after?.health.get(memberId(2)), 'up');
  assert.equal(after.pools, before.pools, 'health changes no pool');
  assert.equal(after.vips, before.vips);
  devices.apply([put(member(3, 2))]);
  const more = devices.balancer(balancerId(1));
  assert.equal(more?.pools.get(poolId(1)), before.pools.get(poolId(1)), 'a member of one pool changes no other');
  assert.equal(devices.apply([put(member(9, 9)), put(balancer(2))]).balancers.has(balancerId(1)), false);
  assert.equal(devices.balancer(balancerId(1)), more);
});

test('health counts while a monitor asks: not without one, nor with one that is switched off', () => {
  const devices = new Devices();
  const all: Value[] = [balancer(1), checked(1, 1), member(1, 1), health(1, 1, 'down')];
  const size = () => devices.balancer(balancerId(1))?.health.size;
  devices.apply(all.map(put));
  assert.equal(size(), 0, 'the monitor is not here');
  devices.apply([put(monitor(1))]);
  assert.equal(size(), 1);
  devices.apply([put({ ...monitor(1), adminStateUp: false })]);
  assert.equal(size(), 0);
  devices.apply([put(monitor(1))]);
  devices.apply([put(pool(1, 1))]);
  assert.equal(size(), 0, 'the pool has no monitor');
});

test('after any history load balancers equal those of a fresh load', () => {
  const small = fc.integer({ min: 1, max: 2 });
  const item: fc.Arbitrary<Value> = fc.oneof(
    small.map(balancer),
    small.map((n): Entity => ({ ...monitor(1), adminStateUp: n === 1 })),
    fc.tuple(small, small, fc.boolean()).map(([n, of, by]) => (by ? checked(n, of) : pool(n, of))),
    fc.tuple(fc.integer({ min: 1, max: 4 }), small).map(([n, of]) => member(n, of)),
    fc.tuple(fc.integer({ min: 1, max: 3 }), small, small).map(([n, on, to]) => vip(n, on, to)),
    fc.tuple(small, small, fc.constantFrom('up' as const, 'down' as const)).map(([n, of, is]) => health(n, of, is)),
  );
  const all = (devices: Devices) =>
    [1, 2].map((n) => {
      const device = devices.balancer(balancerId(n));
      return (
        device && { ...device, pools: new Map([...device.pools].sort()), health: new Map([...device.health].sort()) }
      );
    });
  fc.assert(
    fc.property(fc.array(fc.array(fc.tuple(item, fc.boolean()), { maxLength: 4 }), { maxLength: 25 }), (batches) => {
      const devices = new Devices();
      const items = new Map<string, Value>();
      for (const batch of batches) {
        const before = [1, 2].map((n) => devices.balancer(balancerId(n)));
        for (const [value, keep] of batch) {
          if (keep) items.set(keyOf(value), value);
          else items.delete(keyOf(value));
        }
        const { balancers } = devices.apply(batch.map(([value, keep]) => (keep ? put(value) : gone(value))));
        for (const [at, old] of before.entries()) {
          const id = balancerId(at + 1);
          if (devices.balancer(id) !== old) assert.equal(balancers.get(id)?.before, old, 'a change is told');
        }
      }
      const fresh = new Devices();
      fresh.apply([...items.values()].map(put));
      assert.deepEqual(all(devices), all(fresh));
    }),
  );
});
