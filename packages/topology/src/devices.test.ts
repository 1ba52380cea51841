import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cidr4, Mac } from '@midonet/packet';
import { isSharedRow } from './codec.ts';
import { Devices, type TopologyItem } from './devices.ts';
import type { Entity } from './entities.ts';
import type { BridgeId, HostId, PortId, RouteId, RouterId } from './ids.ts';
import { entityKey, sharedRowKey } from './keys.ts';
import type { SharedRow } from './shared-rows.ts';

const b = (n: number): BridgeId => `bridge-${n}` as BridgeId;
const r = (n: number): RouterId => `router-${n}` as RouterId;
const p = (n: number): PortId => `port-${n}` as PortId;
const cidr = (n: number): Cidr4 => ({ address: n, length: 24 }) as Cidr4;

const bridge = (n: number, name = ''): Entity => ({
  kind: 'bridge',
  id: b(n),
  tenantId: 't',
  name,
  adminStateUp: true,
});
const router = (n: number): Entity => ({ kind: 'router', id: r(n), tenantId: 't', name: '', adminStateUp: true });
const bridgePort = (n: number, of: number, peer?: number): Entity => ({
  kind: 'port',
  type: 'bridge',
  id: p(n),
  bridgeId: b(of),
  adminStateUp: true,
  peerId: peer === undefined ? undefined : p(peer),
});
const routerPort = (n: number, of: number, peer?: number, adminStateUp = true): Entity => ({
  kind: 'port',
  type: 'router',
  id: p(n),
  routerId: r(of),
  adminStateUp,
  mac: n as Mac,
  addresses: [],
  peerId: peer === undefined ? undefined : p(peer),
});
const route = (n: number, of: number, port: number): Entity => ({
  kind: 'route',
  type: 'normal',
  id: `route-${n}` as RouteId,
  routerId: r(of),
  source: cidr(0),
  destination: cidr(n),
  weight: 1,
  learned: false,
  nextHopPort: p(port),
});
const active = (n: number, tunnelKey = 1): SharedRow => ({
  kind: 'portActive',
  portId: p(n),
  hostId: 'host' as HostId,
  tunnelKey,
});
const put = (value: Entity | SharedRow): TopologyItem => ({ key: keyOf(value), value });
const gone = (value: Entity | SharedRow): TopologyItem => ({ key: keyOf(value), value: undefined });

function keyOf(value: Entity | SharedRow): string {
  return isSharedRow(value) ? sharedRowKey(value) : entityKey(value);
}

test('a bridge shows its ports and the router port at the far end', () => {
  const devices = new Devices();
  devices.apply([bridge(1), bridgePort(1, 1, 2), routerPort(2, 7, 1), bridgePort(3, 1)].map(put));
  const device = devices.bridge(b(1));
  assert.deepEqual([...(device?.ports.keys() ?? [])], [p(1), p(3)]);
  assert.equal(device?.routerPeers.get(p(1)), devices.port(p(2)));
  assert.equal(devices.router(r(7)), undefined);
});

test('an untouched device, and the untouched parts of a touched one, stay the same objects', () => {
  const devices = new Devices();
  devices.apply([bridge(1), bridge(2), bridgePort(1, 1), bridgePort(2, 2)].map(put));
  const [one, two] = [devices.bridge(b(1)), devices.bridge(b(2))];
  const changes = devices.apply([put(bridge(1, 'renamed'))]);
  assert.equal(devices.bridge(b(2)), two);
  assert.notEqual(devices.bridge(b(1)), one);
  assert.equal(devices.bridge(b(1))?.ports, one?.ports);
  assert.deepEqual([...changes.bridges.keys()], [b(1)]);
});

test('a far end that arrives later changes the device that links to it', () => {
  const devices = new Devices();
  devices.apply([bridge(1), bridgePort(1, 1, 2)].map(put));
  assert.equal(devices.bridge(b(1))?.routerPeers.size, 0);
  const changes = devices.apply([put(routerPort(2, 1, 1))]);
  assert.equal(changes.bridges.get(b(1))?.after?.routerPeers.size, 1);
});

test('routes of a bound port count while it is active, those of a link while the port is up', () => {
  const devices = new Devices();
  devices.apply([router(1), routerPort(1, 1), routerPort(2, 1, 9), route(1, 1, 1), route(2, 1, 2)].map(put));
  const ids = (): string[] => (devices.router(r(1))?.routes ?? []).map((row) => row.id);
  assert.deepEqual(ids(), ['route-2']);
  devices.apply([put(active(1))]);
  assert.deepEqual(ids(), ['route-1', 'route-2']);
  const before = devices.router(r(1));
  const moved = devices.apply([put(active(1, 2))]);
  assert.equal(devices.router(r(1))?.routes, before?.routes);
  assert.equal(moved.active.get(p(1))?.after?.tunnelKey, 2);
  devices.apply([put(routerPort(2, 1, 9, false)), gone(active(1))]);
  assert.deepEqual(ids(), []);
});

test('a deleted device is gone, and says what it was', () => {
  const devices = new Devices();
  devices.apply([put(router(1))]);
  const before = devices.router(r(1));
  const changes = devices.apply([gone(router(1))]);
  assert.equal(devices.router(r(1)), undefined);
  assert.deepEqual(changes.routers.get(r(1)), { before, after: undefined });
});

test('after any history the devices equal those of a fresh load', () => {
  const small = fc.integer({ min: 1, max: 4 });
  const item: fc.Arbitrary<Entity | SharedRow> = fc.oneof(
    small.map((n) => bridge(n)),
    small.map(router),
    fc.tuple(small, small, fc.option(small, { nil: undefined })).map(([n, of, peer]) => bridgePort(n, of, peer)),
    fc.tuple(small, small, fc.option(small, { nil: undefined })).map(([n, of, peer]) => routerPort(n, of, peer)),
    fc.tuple(small, small, small).map(([n, of, port]) => route(n, of, port)),
    fc.tuple(small, small).map(([n, key]) => active(n, key)),
  );
  const step = fc.array(fc.tuple(item, fc.boolean()), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const devices = new Devices();
      const items = new Map<string, Entity | SharedRow>();
      for (const batch of steps) {
        for (const [value, keep] of batch) {
          if (keep) items.set(keyOf(value), value);
          else items.delete(keyOf(value));
        }
        devices.apply(batch.map(([value, keep]) => (keep ? put(value) : gone(value))));
        for (const n of [1, 2, 3, 4]) {
          devices.bridge(b(n));
          devices.router(r(n));
        }
      }
      const fresh = new Devices();
      fresh.apply([...items.values()].map(put));
      for (const n of [1, 2, 3, 4]) {
        assert.deepEqual(sorted(devices.bridge(b(n))), sorted(fresh.bridge(b(n))));
        assert.deepEqual(sorted(devices.router(r(n))), sorted(fresh.router(r(n))));
      }
    }),
  );
});

/** Maps and lists without their order, which is the order of arrival. */
function sorted(device: object | undefined): unknown {
  return Object.entries(device ?? {}).map(([name, part]: [string, unknown]) => {
    if (part instanceof Map) return [name, [...part.entries()].map((row) => JSON.stringify(row)).sort()];
    if (Array.isArray(part)) return [name, part.map((row) => JSON.stringify(row)).sort()];
    return [name, part];
  });
}
