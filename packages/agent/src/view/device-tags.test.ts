import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeArpTag, deviceTag, macTag, type Tag } from '@midonet/flow';
import { formatCidr, parseCidr, parseIp, parseMac } from '@midonet/packet';
import {
  Devices,
  entityKey,
  parseId,
  type AnyId,
  type Bridge,
  type Entity,
  type Router,
  type RouterPort,
} from '@midonet/topology';
import { ChangeTags } from './change-tags.ts';

const known = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};
const id = <T extends AnyId>(n: number): T => known(parseId<T>(`00000000-0000-4000-8000-00000000000${n}`));
const cidr = (text: string) => known(parseCidr(text));

const bridge: Bridge = { kind: 'bridge', id: id(1), tenantId: '', name: 'b', adminStateUp: true };
const router: Router = { kind: 'router', id: id(2), tenantId: '', name: 'r', adminStateUp: true };
const port: RouterPort = {
  ...{ kind: 'port', type: 'router', id: id(3), routerId: router.id, adminStateUp: true },
  mac: known(parseMac('02:00:00:00:00:01')),
  addresses: [cidr('10.0.0.1/24')],
};
const ip = known(parseIp('10.0.0.9'));
const row = (hardware: string): Entity => {
  return { kind: 'staticArp', bridgeId: bridge.id, ip, mac: known(parseMac(hardware)) };
};

const CASES: readonly (readonly [string, readonly Entity[], Tag])[] = [
  ['the inbound filter of a router', [{ ...router, inboundFilterId: id(7) }], deviceTag('router', router.id)],
  ['the outbound filter of a router', [{ ...router, outboundFilterId: id(7) }], deviceTag('router', router.id)],
  ['the inbound filter of a bridge', [{ ...bridge, inboundFilterId: id(7) }], deviceTag('bridge', bridge.id)],
  ['the outbound filter of a bridge', [{ ...bridge, outboundFilterId: id(7) }], deviceTag('bridge', bridge.id)],
  ['the mirrors of a bridge', [{ ...bridge, inboundMirrorIds: [id(8)] }], deviceTag('bridge', bridge.id)],
  ['the mirrors of a router', [{ ...router, outboundMirrorIds: [id(8)] }], deviceTag('router', router.id)],
  ['the QoS policy of a bridge', [{ ...bridge, qosPolicyId: id(9) }], deviceTag('bridge', bridge.id)],
  ['an address of a router port', [{ ...port, addresses: [cidr('10.0.0.2/24')] }], deviceTag('port', port.id)],
  ['a prefix length of a router port', [{ ...port, addresses: [cidr('10.0.0.1/25')] }], deviceTag('port', port.id)],
  ['one address more', [{ ...port, addresses: [...port.addresses, cidr('fd00::1/64')] }], deviceTag('port', port.id)],
  ['a seeded row', [row('02:00:00:00:00:99')], bridgeArpTag(bridge.id, ip)],
  ['a seeded row of another MAC', [row('02:00:00:00:00:98')], bridgeArpTag(bridge.id, ip)],
];

/** What a batch means to flows, on top of what was told before. */
function teller(): (entities: readonly Entity[]) => Tag[] {
  const devices = new Devices();
  return (entities) => {
    const found = new ChangeTags();
    found.addDevices(devices.apply(entities.map((value) => ({ key: entityKey(value), value }))), devices);
    // Only what somebody looked at has a former state.
    devices.bridge(bridge.id);
    devices.router(router.id);
    return [...found.tags];
  };
}

test('a router that gets another MAC on a bridge: flows to both MACs, and to the addresses that come of them', () => {
  const tell = teller();
  const here: Entity = {
    kind: 'port',
    type: 'bridge',
    id: id(4),
    bridgeId: bridge.id,
    adminStateUp: true,
    peerId: port.id,
  };
  const there = { ...port, peerId: here.id };
  tell([bridge, router, here, there]);
  const mac = known(parseMac('02:00:00:00:00:02'));
  const tags = tell([{ ...there, mac }]);
  for (const each of [macTag(bridge.id, 0, port.mac), macTag(bridge.id, 0, mac)]) assert.ok(tags.includes(each));
  for (const text of ['fe80::ff:fe00:1', 'fe80::ff:fe00:2', '10.0.0.1']) {
    assert.ok(tags.includes(bridgeArpTag(bridge.id, known(parseIp(text)))), `${text} of ${tags.join(' ')}`);
  }
});

for (const [what, now, tag] of CASES) {
  test(`flows go when it changes: ${what}`, () => {
    const apply = teller();
    apply([bridge, router, port]);
    if (what.endsWith('of another MAC')) apply([row('02:00:00:00:00:99')]);
    assert.deepEqual(apply(now), [tag]);
    assert.deepEqual(apply(now), []);
  });
}

test('an address that a router port gets, has no more or takes along to another router: what is routed to it', () => {
  const devices = new Devices();
  const tell = (value: Entity | undefined): readonly string[] => {
    const found = new ChangeTags();
    found.addDevices(devices.apply([{ key: entityKey(port), value }]), devices);
    return found.routes.map(({ routerId, prefix }) => `${routerId.slice(-1)} ${formatCidr(prefix)}`);
  };
  devices.apply([{ key: entityKey(router), value: router }]);
  assert.deepEqual(tell(port), ['2 10.0.0.1/32']);
  assert.deepEqual(tell({ ...port, addresses: [cidr('10.0.0.1/25'), cidr('fd00::1/64')] }), ['2 fd00::1/128']);
  assert.deepEqual(tell({ ...port, routerId: id(5) }), ['2 10.0.0.1/32', '2 fd00::1/128', '5 10.0.0.1/32']);
  assert.deepEqual(tell(undefined), ['5 10.0.0.1/32']);
});
