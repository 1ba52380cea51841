import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const NET = `
tenant: acme
tunnelZones:
  underlay: { hosts: { hv1: 192.0.2.1 } }
bridges:
  red:
    ports: { web: {}, app: { vlan: 7 }, tap: { host: hv1, interface: tap0 } }
    dhcp:
      10.1.0.0/24:
        gateway: 10.1.0.1
        dns: [10.1.0.53]
        mtu: 1400
        routes: [{ to: 10.9.0.0/16, via: 10.1.0.9 }]
        hosts:
          app: { mac: '02:00:00:00:00:0b', address: 10.1.0.11 }
    arp: { 10.1.0.10: '02:00:00:00:00:0a' }
    macs: { '02:00:00:00:00:0a': web }
  blue: { ports: { db: {} } }
routers:
  edge:
    ports:
      to-red: { bridge: red, addresses: [10.1.0.1/24, 'fd00:1::1/64'] }
      to-blue: { bridge: blue, addresses: [10.2.0.1/24] }
      to-core: { peer: core/to-edge, addresses: [10.3.0.1/30] }
    routes:
      - { to: 0.0.0.0/0, port: to-core, via: 10.3.0.2 }
      - { to: 10.66.0.0/16, from: 10.1.0.0/24, reject: true }
  core:
    ports:
      to-edge: { peer: edge/to-core, mac: '02:00:00:00:00:0c', addresses: [10.3.0.2/30] }
`;

/** Everything the file could have touched, without the order of things. */
async function everything({ client }: Shop): Promise<unknown> {
  const [bridges, routers, ports, zones] = await Promise.all([
    client.bridges.list(),
    client.routers.list(),
    client.ports.list(),
    client.tunnelZones.list(),
  ]);
  const routes = await Promise.all(routers.map(({ id }) => client.routers.routes({ id })));
  const dhcp = await Promise.all(bridges.map(({ id }) => client.dhcpSubnets.list({ id })));
  const sorted = (all: readonly { readonly id?: string }[]): unknown[] => all.map((one) => JSON.stringify(one)).sort();
  return [bridges, routers, ports, zones, routes.flat()].map(sorted).concat([
    dhcp
      .flat()
      .map((one) => JSON.stringify(one))
      .sort(),
  ]);
}

async function open(): Promise<Shop> {
  const shop = await Shop.open();
  await shop.client.hosts.create({ body: { name: 'hv1' } });
  return shop;
}

test('applied twice, the second time there is nothing to change', async () => {
  await using shop = await open();
  const file = shop.file(NET);
  const first = await shop.run('apply', '-f', file);
  assert.equal(first.err, '');
  assert.match(first.out, /\n\d+ changes made\n$/);
  const live = await everything(shop);
  assert.deepEqual(await shop.run('apply', '-f', file), { code: 0, out: 'nothing to change\n', err: '' });
  assert.deepEqual(await shop.run('apply', '-f', file, '--prune'), { code: 0, out: 'nothing to change\n', err: '' });
  assert.deepEqual(await everything(shop), live);
});

test('a dry run shows the changes that are then made, and makes none', async () => {
  await using shop = await open();
  const file = shop.file(NET);
  const before = await everything(shop);
  const dry = await shop.run('apply', '-f', file, '--dry-run');
  assert.equal(dry.code, 0);
  assert.deepEqual(await everything(shop), before);
  const real = await shop.run('apply', '-f', file);
  assert.equal(real.out, dry.out.replace(/ to make\n$/, ' made\n'));
});

test('a changed field changes that field of that object', async () => {
  await using shop = await open();
  await shop.run('apply', '-f', shop.file(NET));
  const changed = shop.file(
    NET.replace('mtu: 1400', 'mtu: 1300').replace('vlan: 7', 'up: false, vlan: 7').replace('192.0.2.1', '192.0.2.9'),
  );
  const expected = [
    '~ host hv1 in tunnel zone underlay (address: 192.0.2.1 → 192.0.2.9)',
    '~ port app on bridge red (adminStateUp: true → false)',
    '~ DHCP 10.1.0.0/24 on bridge red (interfaceMTU: 1400 → 1300)',
    '3 changes made',
  ];
  assert.deepEqual((await shop.run('apply', '-f', changed)).out.trimEnd().split('\n'), expected);
  assert.equal((await shop.run('apply', '-f', changed)).out, 'nothing to change\n');
});

const SMALLER = `
tenant: acme
bridges:
  red:
    ports: { web: {}, tap2: { host: hv1, interface: tap0 } }
    dhcp:
      10.1.0.0/24: { gateway: 10.1.0.1, dns: [10.1.0.53], mtu: 1400, routes: [{ to: 10.9.0.0/16, via: 10.1.0.9 }] }
routers:
  edge:
    ports:
      to-red: { bridge: red, addresses: [10.1.0.1/24] }
      to-core: { peer: core/to-edge, addresses: [10.3.0.1/30] }
    routes:
      - { to: 0.0.0.0/0, port: to-core, via: 10.3.0.2 }
`;

test('what a file does not name any more stays, until pruned', async () => {
  await using shop = await open();
  await shop.run('apply', '-f', shop.file(NET));
  // Another's: a device that the file does not name, linked to a bridge that it does name.
  await shop.run('create', 'router', 'other', '--tenant', 'acme');
  await shop.run('create', 'port', '--router', 'other', '--name', 'others', '--address', '10.1.0.2/24');
  await shop.run('create', 'port', '--bridge', 'red', '--name', 'guest');
  await shop.run('link', 'guest', 'others');
  const file = shop.file(SMALLER);
  const before = await everything(shop);

  const dry = await shop.run('apply', '-f', file, '--prune', '--dry-run');
  assert.equal(dry.err, '');
  const removed = dry.out.split('\n').filter((line) => line.startsWith('-'));
  assert.deepEqual(removed.sort(), [
    '- DHCP host app 10.1.0.11 on bridge red',
    '- port app on bridge red',
    '- port edge/to-blue on bridge blue',
    '- port tap on bridge red',
    '- port to-blue on router edge',
    '- route 10.66.0.0/16 reject on router edge',
    '- route fd00:1::/64 port to-red on router edge',
  ]);
  assert.deepEqual(await everything(shop), before, 'a dry run removes nothing');

  const real = await shop.run('apply', '-f', file, '--prune');
  assert.deepEqual([real.code, real.err], [0, '']);
  assert.equal((await shop.run('apply', '-f', file, '--prune')).out, 'nothing to change\n');
  const names = (await shop.client.ports.list()).map((port) => port.vifId).sort();
  const kept = ['db', 'edge/to-red', 'guest', 'others', 'tap2', 'to-core', 'to-edge', 'to-red', 'web'];
  assert.deepEqual(names, kept);
  assert.ok(
    (await shop.client.bridges.list()).some(({ name }) => name === 'blue'),
    'devices stay',
  );
});
