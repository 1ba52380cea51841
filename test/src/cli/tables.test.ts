import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const MAC = '02:00:00:00:00:01';
const limit = { timeout: 60_000 };

test(
  'bindings, MAC and ARP rows, DHCP hosts and tunnel zone members are made, listed, shown and deleted by name',
  limit,
  async () => {
    await using shop = await Shop.open();
    await shop.apply('tenant: acme\nbridges: { red: { ports: { web: {}, app: {} } } }\n');
    await shop.ok('create', 'host', 'hv1');
    await shop.ok('create', 'tunnel-zone', 'underlay');
    await shop.ok('create', 'dhcp-subnet', '10.1.0.0/24', '--bridge', 'red');
    const red = ['--bridge', 'red'];
    const inVlan = [...red, '--vlan', '7'];
    const kinds = [
      {
        create: ['binding', 'web', '--host', 'hv1', '--interface', 'tap0'],
        list: ['bindings', '--host', 'hv1'],
        row: /^hv1 +tap0 +web$/m,
        one: ['binding', 'red/web'],
        shown: { interfaceName: 'tap0' },
      },
      {
        create: ['mac', MAC, 'app', ...red],
        list: ['macs', ...red],
        row: /^02:00:00:00:00:01 +app +static$/m,
        one: ['mac', MAC, 'app', ...red],
        shown: { macAddr: MAC },
      },
      {
        create: ['mac', MAC, 'app', ...inVlan],
        list: ['macs', ...red],
        row: /^02:00:00:00:00:01 +7 +app +static$/m,
        one: ['mac', MAC, 'app', ...inVlan],
        shown: { macAddr: MAC, vlanId: 7 },
      },
      {
        create: ['arp', '10.1.0.10', MAC, ...red],
        list: ['arps', ...red],
        row: /^10\.1\.0\.10 +02:00:00:00:00:01$/m,
        one: ['arp', '10.1.0.10', MAC, ...red],
        shown: { ip: '10.1.0.10', mac: MAC },
      },
      {
        create: ['dhcp-host', MAC, '10.1.0.10', ...red, '--subnet', '10.1.0.0/24'],
        list: ['dhcp-hosts', ...red],
        row: /^02:00:00:00:00:01 +10\.1\.0\.10 +10\.1\.0\.0\/24$/m,
        one: ['dhcp-host', MAC, ...red],
        shown: { macAddr: MAC, ipAddr: '10.1.0.10' },
      },
      {
        create: ['tunnel-zone-member', 'underlay', 'hv1', '192.0.2.1'],
        list: ['tunnel-zone-members', 'underlay'],
        row: /^hv1 +192\.0\.2\.1$/m,
        one: ['tunnel-zone-member', 'underlay', 'hv1'],
        shown: { ipAddress: '192.0.2.1' },
      },
    ];
    for (const { create, list, row, one, shown } of kinds) {
      await shop.ok('create', ...create);
      assert.match(await shop.ok('list', ...list), row);
      const listed = JSON.parse(await shop.ok('list', ...list, '--json')) as object[];
      const value = JSON.parse(await shop.ok('show', ...one, '--json')) as object;
      assert.deepEqual(listed, [value]);
      assert.deepEqual({ ...value, ...shown }, value);
      for (const name of Object.keys(shown)) assert.match(await shop.ok('show', ...one), new RegExp(`^${name}`, 'm'));
      await shop.ok('delete', ...one);
      assert.deepEqual(JSON.parse(await shop.ok('list', ...list, '--json')), []);
      const gone = await shop.run('show', ...one);
      assert.notEqual(gone.code, 0, 'gone');
      assert.match(gone.err, /^midonet: .*\n$/);
    }
    const none = await shop.run('show', 'interface', 'hv1', 'eth0');
    assert.equal(none.code, 4);
  },
);
