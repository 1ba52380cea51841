import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridge,
  bridgeId,
  bridgePort,
  cidr,
  Cloud,
  host,
  hostId,
  ip,
  ip4,
  mac,
  portId,
  router,
  routerId,
  routerPort,
  zone,
  zoneId,
} from '../../testing/cloud.ts';
import { id } from '../../testing/cloud.ts';
import type { Entity, RouteId } from '../index.ts';
import { localRouteId } from './local-routes.ts';
import { planCreate, planDelete } from './planner.ts';
import { ReadRecorder } from './read-recorder.ts';

const eth0 = { hostId: hostId(1), interfaceName: 'eth0' };
const member: Entity = { kind: 'tunnelZoneMember', zoneId: zoneId(1), hostId: hostId(1), address: ip('192.0.2.1') };
const subnet: Entity = {
  kind: 'dhcpSubnet',
  bridgeId: bridgeId(1),
  subnet: cidr('10.0.0.0/24'),
  dnsServers: [],
  routes: [],
  enabled: true,
};
const lease: Entity = {
  kind: 'dhcpHost',
  bridgeId: bridgeId(1),
  subnet: cidr('10.0.0.0/24'),
  mac: mac('02:00:00:00:00:09'),
  address: ip4('10.0.0.9'),
  options: [],
};
const staticMac: Entity = {
  kind: 'staticMac',
  bridgeId: bridgeId(1),
  vlan: 0,
  mac: mac('02:00:00:00:00:09'),
  portId: portId(1),
};
const staticArp: Entity = {
  kind: 'staticArp',
  bridgeId: bridgeId(1),
  ip: ip('10.0.0.9'),
  mac: mac('02:00:00:00:00:09'),
};

function route(n: number, port: number, rest: { gateway?: string; to?: string } = {}): Entity {
  return {
    kind: 'route',
    type: 'normal',
    id: id<RouteId>('route', n),
    routerId: routerId(1),
    source: cidr('0.0.0.0/0'),
    destination: cidr(rest.to ?? '10.9.0.0/16'),
    weight: 100,
    learned: false,
    nextHopPort: portId(port),
    nextHopGateway: rest.gateway === undefined ? undefined : ip(rest.gateway),
  };
}

test('what is below something needs it to be there', async () => {
  const cloud = new Cloud();
  assert.equal(await cloud.create(bridgePort(1, 1)), 'notFound bridgeId');
  assert.equal(await cloud.create(routerPort(1, 1)), 'notFound routerId');
  assert.equal(await cloud.create(route(1, 1)), 'notFound routerId');
  assert.equal(await cloud.create(subnet), 'notFound bridgeId');
  assert.equal(await cloud.create(member), 'notFound tunnelZoneId');
  await cloud.create(bridge(1), zone(1, 'z'));
  assert.equal(await cloud.create(lease), 'notFound subnet');
  assert.equal(await cloud.create(member), 'invalid hostId');
  assert.equal(await cloud.create(bridgePort(1, 1, { binding: eth0 })), 'invalid hostId');
  assert.equal(await cloud.create(bridgePort(1, 1, { peerId: portId(9) })), 'invalid peerId');
  assert.equal(await cloud.create(staticMac), 'invalid portId');
  assert.equal(await cloud.create(bridge(1)), 'conflict id');
});

test('linking sets both ends at once, unlinking and deleting free both', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), router(1), bridgePort(1, 1), routerPort(2, 1), routerPort(3, 1));
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, peerId: portId(2) })), 'done');
  assert.equal((await cloud.get('port', portId(2)))?.peerId, portId(1));
  assert.equal(await cloud.update('port', portId(3), (port) => ({ ...port, peerId: portId(1) })), 'conflict peerId');
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, peerId: portId(3) })), 'conflict peerId');
  assert.equal(await cloud.update('port', portId(2), (port) => ({ ...port, peerId: undefined })), 'done');
  assert.equal((await cloud.get('port', portId(1)))?.peerId, undefined);
  assert.equal(await cloud.create(bridgePort(4, 1, { peerId: portId(3) })), 'done');
  assert.equal((await cloud.get('port', portId(3)))?.peerId, portId(4));
  assert.equal(await cloud.remove('port', portId(3)), 'done');
  assert.equal((await cloud.get('port', portId(4)))?.peerId, undefined);
});

test('a port is bound or linked, never both; an interface carries one port', async () => {
  const cloud = new Cloud();
  await cloud.create(
    bridge(1),
    router(1),
    host(1),
    bridgePort(1, 1, { binding: eth0 }),
    routerPort(2, 1),
    bridgePort(3, 1),
  );
  assert.equal(await cloud.update('port', portId(2), (port) => ({ ...port, peerId: portId(1) })), 'conflict peerId');
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, peerId: portId(2) })), 'conflict hostId');
  assert.equal(await cloud.update('port', portId(3), (port) => ({ ...port, binding: eth0 })), 'conflict interfaceName');
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, binding: undefined })), 'done');
  assert.equal(await cloud.update('port', portId(3), (port) => ({ ...port, binding: eth0 })), 'done');
  const long = { ...eth0, interfaceName: 'a-name-too-long-for-linux' };
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, binding: long })), 'invalid interfaceName');
});

test('VLAN tags are unique in a bridge, and VLAN ports link to plain ones', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridge(2), host(1), bridgePort(1, 1, { vlanId: 7 }), bridgePort(2, 2, { vlanId: 7 }));
  assert.equal(await cloud.create(bridgePort(3, 1, { vlanId: 7 })), 'conflict vlanId');
  assert.equal(await cloud.create(bridgePort(3, 1, { vlanId: 8, binding: eth0 })), 'invalid vlanId');
  assert.equal(await cloud.create(bridgePort(3, 1, { vlanId: 5000 })), 'invalid vlanId');
  assert.equal(await cloud.update('port', portId(1), (port) => ({ ...port, peerId: portId(2) })), 'invalid peerId');
  assert.equal(await cloud.create(bridgePort(4, 1, { peerId: portId(2) })), 'done');
  assert.equal(await cloud.update('port', portId(4), (port) => ({ ...port, vlanId: 9 })), 'invalid peerId');
  assert.equal(await cloud.create(bridgePort(5, 1), bridgePort(6, 1, { peerId: portId(5) })), 'invalid peerId');
  assert.equal(await cloud.remove('port', portId(1)), 'done');
  assert.equal(await cloud.create(bridgePort(3, 1, { vlanId: 7 })), 'done');
});

test('LOCAL routes follow the addresses of a router port', async () => {
  const cloud = new Cloud();
  const locals = () =>
    cloud.table.entities().flatMap((one) => (one.kind === 'route' && one.type === 'local' ? [one.destination] : []));
  await cloud.create(router(1), routerPort(1, 1, ['10.0.0.1/24', '2001:db8::1/64']));
  assert.deepEqual(locals(), [cidr('10.0.0.1/32'), cidr('2001:db8::1/128')]);
  const move = () =>
    cloud.update('port', portId(1), (port) => ({ ...port, addresses: [cidr('10.0.1.1/24'), cidr('2001:db8::1/64')] }));
  assert.equal(await move(), 'done');
  assert.deepEqual(locals(), [cidr('2001:db8::1/128'), cidr('10.0.1.1/32')]);
  assert.equal(await cloud.remove('route', localRouteId(portId(1), ip('10.0.1.1'))), 'done');
  assert.equal(await move(), 'done');
  assert.deepEqual(locals(), [cidr('2001:db8::1/128')]);
  assert.equal(await cloud.remove('port', portId(1)), 'done');
  assert.deepEqual([...cloud.table.rows.keys()], [`router/${routerId(1)}`]);
});

test('a route goes through a port of its router, to a gateway that port can reach', async () => {
  const cloud = new Cloud();
  await cloud.create(
    router(1),
    router(2),
    bridge(1),
    routerPort(1, 1, ['10.0.0.1/24']),
    routerPort(2, 2),
    bridgePort(3, 1),
  );
  assert.equal(await cloud.create(route(1, 2)), 'invalid nextHopPort');
  assert.equal(await cloud.create(route(1, 3)), 'invalid nextHopPort');
  assert.equal(await cloud.create(route(1, 1, { gateway: '10.0.1.1' })), 'invalid nextHopGateway');
  assert.equal(await cloud.create(route(1, 1, { gateway: 'fe80::1' })), 'invalid nextHopGateway');
  assert.equal(await cloud.create(route(1, 1, { to: '2001:db8::/32' })), 'invalid srcNetworkAddr');
  assert.equal(await cloud.create(route(1, 1, { gateway: '10.0.0.254' })), 'done');
  assert.equal(await cloud.remove('port', portId(1)), 'done');
  assert.equal(await cloud.get('route', id<RouteId>('route', 1)), undefined);
});

test('deleting a bridge takes all that is on it and frees the far ends', async () => {
  const cloud = new Cloud();
  await cloud.create(
    bridge(1),
    router(1),
    host(1),
    subnet,
    lease,
    bridgePort(1, 1, { binding: eth0 }),
    staticMac,
    staticArp,
  );
  await cloud.create(routerPort(2, 1), bridgePort(3, 1, { vlanId: 4, peerId: portId(2) }));
  cloud.table.put(`learnedMac/${bridgeId(1)}/0/02:00:00:00:00:07`, {});
  cloud.table.put(`portActive/${portId(1)}`, {});
  assert.equal(await cloud.remove('bridge', bridgeId(1)), 'done');
  assert.deepEqual(
    [...cloud.table.rows.keys()].sort(),
    [
      `host/${hostId(1)}`,
      `index/router/${routerId(1)}/port/${portId(2)}`,
      `port/${portId(2)}`,
      `router/${routerId(1)}`,
    ].sort(),
  );
  assert.equal((await cloud.get('port', portId(2)))?.peerId, undefined);
});

test('a host is deleted when it is dead and unbound, and leaves its tunnel zones', async () => {
  const cloud = new Cloud();
  await cloud.create(host(1), zone(1, 'z'), member, bridge(1), bridgePort(1, 1, { binding: eth0 }));
  assert.equal(await cloud.remove('host', hostId(1)), 'inUse portIds');
  await cloud.remove('port', portId(1));
  cloud.table.put(`hostAlive/${hostId(1)}`, {});
  assert.equal(await cloud.remove('host', hostId(1)), 'inUse alive');
  cloud.table.rows.delete(`hostAlive/${hostId(1)}`);
  assert.equal(await cloud.remove('host', hostId(1)), 'done');
  assert.equal(cloud.table.rows.has(`tunnelZoneMember/${zoneId(1)}/${hostId(1)}`), false);
});

test('tunnel zone names are unique, any text will do, and renaming frees the old one', async () => {
  const cloud = new Cloud();
  await cloud.create(host(1), zone(1, 'a/b \u{1f600}'), member);
  assert.equal(await cloud.create(zone(2, 'a/b \u{1f600}')), 'conflict name');
  assert.equal(await cloud.update('tunnelZone', zoneId(1), (one) => ({ ...one, name: 'c' })), 'done');
  assert.equal(await cloud.create(zone(2, 'a/b \u{1f600}')), 'done');
  assert.equal(await cloud.remove('tunnelZone', zoneId(1)), 'done');
  assert.equal(await cloud.create(zone(3, 'c')), 'done');
  assert.equal(
    [...cloud.table.rows.keys()].some((key) => key.includes('host/') && key.includes('tunnelZone')),
    false,
  );
});

test('creating one more port reads a few exact keys, however many there are', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), host(1));
  const cost = async (n: number) => {
    const before = cloud.table.reads;
    await cloud.create(bridgePort(n, 1, { binding: { hostId: hostId(1), interfaceName: `tap${n}` } }));
    return cloud.table.reads - before;
  };
  const first = await cost(1);
  for (let n = 2; n < 500; n++) await cost(n);
  assert.equal(await cost(500), first);
  assert.ok(first <= 4, `${first} reads`);
  assert.equal(cloud.table.rowsListed, 0);
});

test('unrelated creators below one bridge do not conflict; a creator and the deletion of the bridge do', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1));
  const plan = async (entity: Entity) => {
    const planned = await planCreate(entity, new ReadRecorder(cloud.table));
    assert.ok(planned.kind === 'plan');
    return planned;
  };
  const [two, three, four] = [await plan(bridgePort(2, 1)), await plan(bridgePort(3, 1)), await plan(bridgePort(4, 1))];
  const removal = await planDelete(bridge(1), new ReadRecorder(cloud.table));
  assert.ok(removal.kind === 'plan');
  assert.deepEqual([cloud.table.commit(two), cloud.table.commit(three)], [true, true]);
  assert.equal(cloud.table.commit(removal), false, 'ports appeared since it looked');
  assert.equal(await cloud.remove('bridge', bridgeId(1)), 'done');
  assert.equal(cloud.table.commit(four), false, 'the bridge is gone');
  assert.equal(cloud.table.rows.size, 0);
});
