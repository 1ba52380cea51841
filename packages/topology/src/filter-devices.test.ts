import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chain,
  chainId,
  ip,
  ipAddrGroup,
  ipAddrGroupId,
  portGroup,
  portGroupId,
  portId,
  rule,
} from '../testing/cloud.ts';
import { Devices, entityKey, type Entity, type TopologyItem } from '@midonet/topology';

const put = (value: Entity): TopologyItem => ({ key: entityKey(value), value });
const gone = (value: Entity): TopologyItem => ({ key: entityKey(value), value: undefined });
const placed = (n: number, of: number, order: number): Entity => ({ ...rule(n, of), order });
const member = (g: number, n: number): Entity => ({
  kind: 'portGroupMember',
  groupId: portGroupId(g),
  portId: portId(n),
});
const address = (g: number, n: number): Entity => {
  return { kind: 'ipAddrGroupAddress', groupId: ipAddrGroupId(g), address: ip(`10.0.0.${n}`) };
};

test('rules stand in their order, and a change names the chain and keeps the other rules', () => {
  const devices = new Devices();
  devices.apply([put(placed(1, 1, 20)), put(placed(2, 1, 10)), put(chain(1))]);
  const before = devices.chain(chainId(1));
  assert.deepEqual(
    before?.rules.map(({ order }) => order),
    [10, 20],
  );
  const { chains } = devices.apply([put(placed(3, 1, 15))]);
  const after = devices.chain(chainId(1));
  assert.deepEqual(chains.get(chainId(1)), { before, after });
  assert.deepEqual(
    after?.rules.map(({ order }) => order),
    [10, 15, 20],
  );
  assert.equal(after.rules[0], before.rules[0]);
  assert.equal(devices.apply([put(chain(2))]).chains.get(chainId(1)), undefined);
  assert.equal(devices.chain(chainId(1)), after, 'what did not change stays the same object');
});

test('a row that arrives before its group counts, one whose group is gone does not show', () => {
  const devices = new Devices();
  devices.apply([put(member(1, 7)), put(address(1, 7))]);
  assert.equal(devices.portGroup(portGroupId(1)), undefined);
  const { portGroups } = devices.apply([put(portGroup(1)), put(ipAddrGroup(1))]);
  assert.ok(portGroups.get(portGroupId(1))?.after?.members.has(portId(7)));
  assert.ok(devices.ipAddrGroup(ipAddrGroupId(1))?.addresses.has(ip('10.0.0.7')));
  const { ipAddrGroups } = devices.apply([gone(ipAddrGroup(1))]);
  assert.equal(ipAddrGroups.get(ipAddrGroupId(1))?.after, undefined);
  assert.equal(devices.ipAddrGroup(ipAddrGroupId(1)), undefined);
});

test('after any history chains and groups equal those of a fresh load', () => {
  const small = fc.integer({ min: 1, max: 3 });
  const item: fc.Arbitrary<Entity> = fc.oneof(
    small.map(chain),
    small.map(portGroup),
    small.map(ipAddrGroup),
    fc.tuple(fc.integer({ min: 1, max: 6 }), small, small).map(([n, of, order]) => placed(n, of, order)),
    fc.tuple(small, small).map(([g, n]) => member(g, n)),
    fc.tuple(small, small).map(([g, n]) => address(g, n)),
  );
  const all = (devices: Devices) =>
    [1, 2, 3].map((n) => [
      devices.chain(chainId(n)),
      [...(devices.portGroup(portGroupId(n))?.members ?? [])].sort(),
      [...(devices.ipAddrGroup(ipAddrGroupId(n))?.addresses ?? [])].sort(),
    ]);
  fc.assert(
    fc.property(fc.array(fc.array(fc.tuple(item, fc.boolean()), { maxLength: 4 }), { maxLength: 20 }), (batches) => {
      const devices = new Devices();
      const items = new Map<string, Entity>();
      for (const batch of batches) {
        for (const [value, keep] of batch) {
          if (keep) items.set(entityKey(value), value);
          else items.delete(entityKey(value));
        }
        devices.apply(batch.map(([value, keep]) => (keep ? put(value) : gone(value))));
        all(devices);
      }
      const fresh = new Devices();
      fresh.apply([...items.values()].map(put));
      assert.deepEqual(all(devices), all(fresh));
    }),
  );
});
