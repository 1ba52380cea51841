import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };
const MAC = '02:00:00:00:00:01';

const NET = `
tenant: acme
bridges:
  red: { ports: { web: {} } }
  blue: { ports: { db: {}, up: {} } }
portGroups: { uplinks: { ports: [] } }
ipAddressGroups: { admins: [] }
`;

/** The command with --json: it succeeds, and what it prints is one value. */
async function valueOf(shop: Shop, ...words: string[]): Promise<unknown> {
  const { code, out, err } = await shop.run(...words, '--json');
  assert.equal(code, 0, `${words.join(' ')}: ${err}`);
  assert.doesNotThrow(() => JSON.parse(out), `${words.join(' ')}: ${out}`);
  return JSON.parse(out);
}

const member = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);

test('commands that people need no answer of print values to scripts that ask for some', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(NET);
  await shop.run('create', 'host', 'hv1');
  assert.equal((await shop.run('link', 'web', 'db')).out, '', 'silence says done');
  assert.equal(member(await valueOf(shop, 'unlink', 'web'), 'peerId'), null);
  const db = (await shop.client.ports.list()).find(({ vifId }) => vifId === 'db');
  assert.equal(member(await valueOf(shop, 'link', 'web', 'db'), 'peerId'), db?.id);
  const bound = await valueOf(shop, 'bind', 'up', '--host', 'hv1', '--interface', 'tap0');
  assert.equal(member(bound, 'interfaceName'), 'tap0');
  assert.equal(member(await valueOf(shop, 'unbind', 'up'), 'hostId'), null);
  assert.equal((await shop.run('unbind', 'up')).code, 7, 'it is not bound any more');
  const members = await valueOf(shop, 'create', 'port-group-member', 'uplinks', 'web', 'up');
  assert.ok(Array.isArray(members) && members.length === 2);
  const addresses = await valueOf(shop, 'create', 'ip-address', 'admins', '192.0.2.7');
  assert.deepEqual(Array.isArray(addresses) && addresses.map((one) => member(one, 'addr')), ['192.0.2.7']);
  await valueOf(shop, 'quota', 'set', 'acme', '--ports', '9');
  assert.deepEqual(member(member(await valueOf(shop, 'quota', 'reset', 'acme'), 'limits'), 'ports'), null);
  assert.deepEqual(await valueOf(shop, 'delete', 'bridge', 'red'), {}, 'nothing to tell');
  assert.equal((await shop.run('delete', 'bridge', 'blue', '-o', 'yaml')).out, '{}\n');
  assert.match((await shop.run('--version')).out, /^\d+\.\d+\.\d+\n$/);
});

test("a host's weights and limits are changed, each alone, and nothing else of it", limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'host', 'hv1');
  const [before] = await shop.client.hosts.list();
  assert.ok(before);
  const weighed = await valueOf(shop, 'update', 'host', 'hv1', '--flooding-proxy-weight', '5');
  assert.deepEqual(weighed, { ...before, floodingProxyWeight: 5 });
  await shop.ok(
    'update',
    'host',
    before.id.slice(0, 8),
    '--container-weight',
    '0',
    '--container-limit',
    '3',
    '--enforce',
  );
  const changed = { containerWeight: 0, containerLimit: 3, enforceContainerLimit: true };
  assert.deepEqual(await shop.client.hosts.get({ id: before.id }), { ...before, floodingProxyWeight: 5, ...changed });
  const freed = await valueOf(shop, 'update', 'host', 'hv1', '--container-limit', 'unlimited', '--relax');
  assert.deepEqual([member(freed, 'containerLimit'), member(freed, 'enforceContainerLimit')], [-1, false]);
  for (const [words, says] of [
    [[], /say what to change: --flooding-proxy-weight/],
    [['--flooding-proxy-weight', '65536'], /--flooding-proxy-weight: "65536" is no whole number from 0 to 65535/],
    [['--container-limit', 'much'], /--container-limit: "much" is no whole number/],
    [['--enforce', '--relax'], /--enforce and --relax exclude each other/],
  ] as const) {
    const { code, err } = await shop.run('update', 'host', 'hv1', ...words);
    assert.deepEqual([code, says.test(err)], [2, true], err);
  }
  assert.equal((await shop.run('update', 'host', 'hv9', '--relax')).code, 4);
});

test('DHCP hosts are changed and found in whichever subnet they are', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(NET);
  const run = async (...words: string[]): Promise<string> => {
    const { code, out, err } = await shop.run(...words, '--bridge', 'red');
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  };
  await run('create', 'dhcp-subnet', '10.1.0.0/24', '--gateway', '10.1.0.1');
  await run('create', 'dhcp-subnet', '10.2.0.0/24', '--gateway', '10.2.0.1');
  await run('create', 'dhcp-host', MAC, '10.1.0.10', '--subnet', '10.1.0.0/24');
  await run('update', 'dhcp-host', MAC, '--address', '10.1.0.11', '--name', 'web');
  assert.match(await run('list', 'dhcp-hosts'), /^02:00:00:00:00:01 +10\.1\.0\.11 +web +10\.1\.0\.0\/24$/m);
  assert.match(await run('update', 'dhcp-subnet', '10.1.0.0/24', '--disable'), /^enabled +false$/m);
  await run('create', 'dhcp-host', MAC, '10.2.0.10', '--subnet', '10.2.0.0/24');
  const both = await shop.run('delete', 'dhcp-host', MAC, '--bridge', 'red');
  assert.equal(both.code, 4);
  assert.match(both.err, /is in 10\.1\.0\.0\/24 and 10\.2\.0\.0\/24; say which by --subnet/);
  await run('delete', 'dhcp-host', MAC, '--subnet', '10.2.0.0/24');
  await run('delete', 'dhcp-host', MAC);
  const none = await shop.run('delete', 'dhcp-host', MAC, '--bridge', 'red');
  assert.deepEqual([none.code, none.err], [4, `midonet: no DHCP host ${MAC} on bridge red\n`]);
  await run('create', 'dhcp6-subnet', '2001:db8:1::/64');
  assert.match(await run('show', 'dhcp6-subnet', '2001:db8:1::/64'), /2001:db8:1::/);
  await run('create', 'dhcp6-host', MAC, '2001:db8:1::10', '--subnet', '2001:db8:1::/64');
  await run('update', 'dhcp6-host', MAC, '--address', '2001:db8:1::11');
  assert.match(await run('list', 'dhcp6-hosts'), /2001:db8:1::11 +2001:db8:1::\/64/);
  assert.match(await run('show', 'dhcp6-host', MAC), /2001:db8:1::11/);
  await run('delete', 'dhcp6-host', MAC);
  assert.doesNotMatch(await run('list', 'dhcp6-hosts'), /2001/);
});

test('tenants, members of tunnel zones, quotas and waiting tokens can be changed', limit, async () => {
  await using shop = await Shop.open();
  await shop.run('create', 'tenant', 'acme');
  assert.match(
    (await shop.run('update', 'tenant', 'acme', '--name', 'Acme Ltd.', '--disable')).out,
    /^enabled +false$/m,
  );
  assert.match((await shop.run('show', 'tenant', 'acme')).out, /^name +Acme Ltd\.$/m);
  assert.equal((await shop.run('update', 'tenant', 'acme', '--enable', '--disable')).code, 2);
  await shop.run('create', 'host', 'hv1');
  await shop.run('create', 'tunnel-zone', 'underlay');
  await shop.run('create', 'tunnel-zone-member', 'underlay', 'hv1', '192.0.2.11');
  assert.equal((await shop.run('update', 'tunnel-zone-member', 'underlay', 'hv1', '192.0.2.21')).code, 0);
  assert.match((await shop.run('list', 'tunnel-zone-members', 'underlay')).out, /hv1 +192\.0\.2\.21/);
  await shop.run('quota', 'set', 'acme', '--ports', '9', '--bridges', '3');
  assert.match((await shop.run('quota', 'list')).out, /^acme +bridges 3, ports 9$/m);
  const { id } = (await valueOf(shop, 'host', 'enrol', 'hv2')) as { readonly id: string };
  assert.equal((await shop.run('host', 'withdraw', 'ffff')).code, 4);
  assert.equal((await shop.run('host', 'withdraw', id.slice(0, 8))).code, 0);
  assert.deepEqual(member(await valueOf(shop, 'host', 'credentials'), 'waiting'), []);
});
