import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag, floodTag, insertionTag, servedTag, type Tag } from '@midonet/flow';
import { parseMac, type Mac } from '@midonet/packet';
import {
  Devices,
  entityKey,
  parseId,
  type AnyId,
  type BridgeId,
  type L2Insertion,
  type PortId,
} from '@midonet/topology';
import { insertionTags } from './insertion-tags.ts';

const known = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};
const id = <T extends AnyId>(n: number): T => known(parseId<T>(`00000000-0000-4000-8000-00000000000${n}`));
const mac = (n: number): Mac => known(parseMac(`02:00:00:00:00:0${n}`));
const [red, services] = [id<BridgeId>(1), id<BridgeId>(2)];
const [web, firewall, ids] = [id<PortId>(3), id<PortId>(4), id<PortId>(5)];

/** Of machine `n` at the web port, by the firewall. */
function insertion(n: number, more: Partial<L2Insertion> = {}): L2Insertion {
  const ports = { portId: web, bridgeId: red, srvPortId: firewall, srvBridgeId: services };
  const rest = { vlan: n, position: 1, failOpen: false, mac: mac(n), ...more };
  return { kind: 'l2Insertion', id: id(5 + n), ...ports, ...rest };
}

/** The tags that a change from one set of insertions to another fires, at both bridges. */
function fired(before: readonly L2Insertion[], after: readonly L2Insertion[]): Tag[] {
  const devices = new Devices();
  const bridges = [red, services].map((one) => {
    return { kind: 'bridge', id: one, tenantId: '', name: '', adminStateUp: true } as const;
  });
  devices.apply([...bridges, ...before].map((value) => ({ key: entityKey(value), value })));
  for (const one of [red, services]) devices.bridge(one);
  const gone = before.filter((one) => !after.some((other) => other.id === one.id));
  const changes = devices.apply([
    ...gone.map((one) => ({ key: entityKey(one), value: undefined })),
    ...after.map((value) => ({ key: entityKey(value), value })),
  ]);
  const tags = new Set<Tag>();
  for (const change of changes.bridges.values()) {
    for (const tag of insertionTags(known(change.before), known(change.after))) tags.add(tag);
  }
  return [...tags].sort();
}

const whole = (port: PortId, bridge: BridgeId): Tag[] => [deviceTag('port', port), floodTag(bridge)];
const one = (n: number): Tag[] => [insertionTag(web, mac(n)), servedTag(firewall)];

test('the first and the last insertion give the ports another part: all their flows end', () => {
  const all = [...whole(web, red), ...whole(firewall, services), ...one(1)].sort();
  assert.deepEqual(fired([], [insertion(1)]), all);
  assert.deepEqual(fired([insertion(1)], []), all);
});

test('any other ends the flows of its MAC at its port, and what its service port sent for nobody', () => {
  const old = insertion(1);
  assert.deepEqual(fired([old], [old, insertion(2)]), one(2).sort());
  assert.deepEqual(fired([old, insertion(2)], [old]), one(2).sort());
  assert.deepEqual(fired([old, insertion(2)], [old, insertion(2, { failOpen: true })]), one(2).sort());
  assert.deepEqual(
    fired([old, insertion(2)], [old, insertion(2, { mac: mac(3) })]),
    [...one(2), ...one(3)].slice(0, 3).sort(),
  );
});

test('a service that moves ends flows at both service ports', () => {
  const [old, moved] = [insertion(1), insertion(1, { srvPortId: ids })];
  const all = [...whole(firewall, services), ...whole(ids, services), ...one(1), servedTag(ids)];
  assert.deepEqual(fired([old], [moved]), [...new Set(all)].sort());
});

test('nothing changed, nothing fires', () => {
  const old = insertion(1);
  assert.deepEqual(fired([old], [old]), []);
});
