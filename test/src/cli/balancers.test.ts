import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 30_000 };

const net = (pools: string, vips = 'front: { at: 203.0.113.10:80, pool: web, sticky: source-ip }') => `
routers:
  edge:
    ports: { out: { addresses: [203.0.113.1/24] } }
    balancer:
      pools: { ${pools} }
      vips: { ${vips} }
`;
const WEB = `web: { members: [10.0.0.2:80, { at: 10.0.0.3:80, weight: 2 }], health: { path: /, delay: 5 } }`;

async function apply(shop: Shop, text: string, ...more: string[]): Promise<string> {
  const { out, err, code } = await shop.run('apply', '-f', shop.file(text), ...more);
  assert.equal(code, 0, err);
  return out;
}

test('a load balancer by apply: made, then nothing to change, shown with its members', limit, async () => {
  await using shop = await Shop.open();
  assert.match(await apply(shop, net(WEB), '--dry-run'), /\+ load balancer of router edge\n/);
  assert.deepEqual(await shop.client.loadBalancers.list(), [], 'a dry run makes nothing');
  const made = await apply(shop, net(WEB));
  assert.match(
    made,
    /\+ member 10\.0\.0\.3:80 in pool web on router edge\n\+ VIP front on router edge, 203\.0\.113\.10:80\n/,
  );
  assert.equal(await apply(shop, net(WEB)), 'nothing to change\n');
  const [monitor] = await shop.client.healthMonitors.list();
  assert.deepEqual([monitor?.name, monitor?.type, monitor?.urlPath, monitor?.delay], ['edge/web', 'HTTP', '/', 5]);
  const shown = await shop.run('show', 'load-balancer', 'edge');
  assert.match(shown.out, /pool web: tcp, checked by edge\/web\n {2}VIP +203\.0\.113\.10:80 {2}front {2}sticky\n/);
  assert.match(shown.out, /member +10\.0\.0\.3:80 {2}weight 2 {2}up/);
});

test('applying a changed file makes only the changes; what it does not name stays unless pruned', limit, async () => {
  await using shop = await Shop.open();
  await apply(shop, net(WEB));
  const ids = new Set((await shop.client.poolMembers.list()).map(({ id }) => id));
  const changed = await apply(
    shop,
    net(
      'web: { members: [{ at: 10.0.0.3:80, up: false }, 10.0.0.4:80], health: { path: /up, delay: 5 } }',
      'front: { at: 203.0.113.10:8080, pool: web }',
    ),
  );
  assert.equal(
    changed,
    [
      '~ health monitor edge/web (urlPath: / → /up)',
      '- member 10.0.0.2:80 in pool web on router edge',
      '~ member 10.0.0.3:80 in pool web on router edge (weight: 2 → 1, adminStateUp: true → false)',
      '+ member 10.0.0.4:80 in pool web on router edge',
      '~ VIP front on router edge (at: 203.0.113.10:80 → 203.0.113.10:8080, sticky: source-ip → none)',
      '5 changes made\n',
    ].join('\n'),
  );
  const kept = (await shop.client.poolMembers.list()).find(({ address }) => address === '10.0.0.3');
  assert.ok(kept !== undefined && ids.has(kept.id), 'the member that stayed has its id');
  const dns = 'dns: { protocol: udp, members: [10.0.0.9:53] }';
  const other = net(dns, 'names: { at: 203.0.113.10:8080, pool: dns }');
  assert.match(await apply(shop, other), /\+ pool dns.*\n\+ member.*\n\+ VIP names/);
  assert.equal((await shop.client.pools.list()).length, 2);
  const pruned = await apply(shop, other, '--prune');
  assert.match(pruned, /^- VIP front on router edge\n- pool web on router edge\n- health monitor edge\/web\n3 changes/);
  assert.equal(await apply(shop, other, '--prune'), 'nothing to change\n');
  assert.equal(
    await apply(shop, net('dns: {}', 'names: { at: 203.0.113.10:8080, pool: dns }')),
    '~ pool dns on router edge (protocol: UDP → TCP)\n1 change made\n',
  );
  assert.equal((await shop.client.poolMembers.list()).length, 1, 'a pool without a list keeps its members');
});

test('a monitor that other pools share is left alone; checks end with none', limit, async () => {
  await using shop = await Shop.open();
  await apply(shop, net(WEB));
  const [monitor] = await shop.client.healthMonitors.list();
  const [balancer] = await shop.client.loadBalancers.list();
  const { id } = balancer ?? assert.fail();
  const other = await shop.client.loadBalancers.createPool({ id, body: { healthMonitorId: monitor?.id } });
  assert.equal(await apply(shop, net(WEB)), 'nothing to change\n');
  const slow = net('web: { health: { path: /, delay: 9 } }');
  assert.match(await apply(shop, slow), /^\+ health monitor edge\/web\n~ pool web on router edge.*\n2 changes/);
  assert.equal(await apply(shop, slow), 'nothing to change\n');
  assert.equal((await shop.client.pools.get(other)).healthMonitorId, monitor?.id);
  assert.equal((await shop.client.healthMonitors.get({ id: monitor?.id ?? '' })).delay, 5);
  const none = net('web: { health: none }');
  assert.match(
    await apply(shop, none),
    /~ pool web on router edge \(health: edge\/web → none\)\n- health monitor edge\/web/,
  );
  assert.equal(await apply(shop, none), 'nothing to change\n');
  assert.equal((await shop.client.healthMonitors.list()).length, 1);
});

test('mistakes in a file name file, line and what is wrong', limit, async () => {
  await using shop = await Shop.open();
  for (const [pools, vips, expected] of [
    ['web: { members: [10.0.0.2] }', '', /net\.yaml:6: .*members\[0\] must be an address and port like/],
    ['web: { members: [10.0.0.2:80, { at: 10.0.0.2:80 }] }', '', /members has 10\.0\.0\.2:80 twice/],
    ['web: { protocol: sctp }', '', /protocol must be tcp or udp/],
    ['web: { health: { type: tcp, path: / } }', '', /only http has/],
    ['web: { health: ping }', '', /must be none, tcp, http or a mapping/],
    ['web: { wieght: 1 }', '', /has no field "wieght"/],
    ['web: {}', 'front: { pool: web }', /net\.yaml:7: .*vips\.front\.at is required/],
    ['web: {}', 'front: { at: 192.0.2.1:80, pool: web, sticky: cookie }', /must be source-ip or none/],
  ] as const) {
    const { code, err } = await shop.run('apply', '-f', shop.file(net(pools, vips)));
    assert.match(err, expected);
    assert.equal(code, 2, err);
  }
  const nowhere = await shop.run('apply', '-f', shop.file(net('', 'front: { at: 192.0.2.1:80, pool: web }')));
  assert.match(nowhere.err, /VIP front on router edge: there is no pool web, here or in the file/);
  assert.deepEqual(await shop.client.routers.list(), [], 'nothing was made');
});

test('load balancers, pools, members, VIPs and monitors by command, named as they are called', limit, async () => {
  await using shop = await Shop.open();
  for (const name of ['edge', 'core']) await shop.ok('create', 'router', name);
  await shop.ok('create', 'load-balancer', '--router', 'edge');
  assert.match((await shop.run('create', 'load-balancer', '--router', 'edge')).err, /has load balancer .* already/);
  await shop.ok(
    'create',
    'health-monitor',
    'check',
    '--type',
    'http',
    '--path',
    '/health',
    '--delay',
    '2',
    '--codes',
    '200',
  );
  await shop.ok('create', 'pool', 'edge', 'web', '--health', 'check');
  await shop.ok('create', 'pool-member', 'web', '10.0.0.2:80', '10.0.0.3:80', '--weight', '3');
  await shop.ok('create', 'vip', 'web', '203.0.113.10:80', '--name', 'front', '--sticky', 'source-ip');
  await shop.ok('create', 'pool', 'edge', 'six', '--protocol', 'udp');
  await shop.ok('create', 'pool-member', 'six', '[2001:db8::2]:53');
  await shop.ok('create', 'vip', 'six', '[2001:db8::1]:53');
  assert.match(await shop.ok('list', 'load-balancers'), /edge +up +2$/);
  assert.match(await shop.ok('list', 'pools', '--balancer', 'edge'), /web +edge +tcp +up +check +2 +front/);
  assert.match(await shop.ok('list', 'pool-members', '--pool', 'six'), /six +\[2001:db8::2\]:53 +1 +up$/);
  assert.match(await shop.ok('list', 'vips'), /front +edge +203\.0\.113\.10:80 +web +source-ip +up/);
  assert.match(await shop.ok('list', 'health-monitors'), /check +http +2 +2 +3 +up +web$/);
  assert.match(await shop.ok('update', 'pool-member', 'web/10.0.0.2:80', '--down'), /adminStateUp +false/);
  assert.match(await shop.ok('show', 'load-balancer', 'edge'), /10\.0\.0\.2:80 {2}weight 3 {2}down/);
  assert.match(await shop.ok('update', 'vip', '[2001:db8::1]:53', '--name', 'names'), /name +names/);
  assert.match(
    await shop.ok('update', 'vip', 'front', '--sticky', 'none', '--place', '203.0.113.11:80'),
    /203\.0\.113\.11/,
  );
  assert.equal((await shop.client.vips.list()).find(({ name }) => name === 'front')?.sessionPersistence, null);
  assert.match(await shop.ok('update', 'health-monitor', 'check', '--delay', '9'), /delay +9/);
  assert.match(await shop.ok('show', 'health-monitor', 'check'), /urlPath +\/health/);
  assert.match(await shop.ok('update', 'pool', 'web', '--health', 'none', '--down'), /status +INACTIVE/);
  await shop.ok('create', 'load-balancer', '--router', 'core');
  assert.match(
    (await shop.run('update', 'load-balancer', 'edge', '--router', 'core')).err,
    /has load balancer .* already/,
  );
  assert.match(await shop.ok('list', 'load-balancers'), /edge +up +2(\n|$)/, 'it stays where it was');
  await shop.ok('delete', 'load-balancer', 'core');
  await shop.ok('update', 'load-balancer', 'edge', '--router', 'core', '--down');
  assert.match(await shop.ok('list', 'load-balancers'), /core +down +2$/);
  assert.match((await shop.run('delete', 'router', 'core')).err, /load balancer .* is attached/);
  await shop.ok('delete', 'pool-member', 'web/10.0.0.2:80');
  await shop.ok('delete', 'vip', 'front');
  await shop.ok('delete', 'pool', 'six');
  assert.equal((await shop.client.vips.list()).length, 0, 'the VIP of a pool goes with it');
  await shop.ok('delete', 'load-balancer', 'core');
  await shop.ok('delete', 'health-monitor', 'check');
  await shop.ok('delete', 'router', 'core', 'edge');
  assert.match((await shop.run('show', 'pool', 'web')).err, /no pool "web"/);
});

test('the load balancer of the manual is made as it is printed there', limit, async () => {
  await using shop = await Shop.open();
  const page = readFileSync(join(import.meta.dirname, '../../../docs/load-balancing.md'), 'utf8');
  const example = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? assert.fail('the page has an example');
  await apply(shop, example);
  assert.equal(await apply(shop, example, '--prune'), 'nothing to change\n');
});
