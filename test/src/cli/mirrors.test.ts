import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };

const NET = `
tenant: acme
mirrors:
  all: { to: watch/tap }
  dns: { to: watch/tap, when: [{ proto: udp, dst-port: 53 }, { proto: tcp, dst-port: 53, in-ports: red/web }] }
bridges:
  red:
    outboundMirrors: [all, dns]
    ports:
      web: { inboundMirrors: dns, preOutFilterMirrors: all }
  watch: { ports: { tap: {} } }
routers:
  edge: { inboundMirrors: all }
`;

test('mirrors by apply: made, then nothing to change, changed in place, taken off', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(NET);
  assert.equal(await shop.apply(NET), 'nothing to change\n');
  const mirrors = await shop.client.mirrors.list();
  const dns = mirrors.find(({ name }) => name === 'dns');
  const all = mirrors.find(({ name }) => name === 'all');
  assert.deepEqual([dns?.conditions.length, dns?.networkOutboundIds.length, dns?.portInboundIds.length], [2, 1, 1]);
  assert.deepEqual([all?.routerInboundIds.length, all?.portPreOutFilterIds.length], [1, 1]);
  const changed = await shop.apply(
    NET.replace('{ to: watch/tap }', '{ to: watch/tap, when: [] }').replace('[all, dns]', 'none'),
  );
  assert.match(changed, /^~ mirror all \(copies: everything → nothing\)$/m);
  assert.match(changed, /^~ filters of bridge red \(outboundMirrors: all,dns → none\)$/m);
  assert.deepEqual((await shop.client.mirrors.get({ id: dns?.id ?? '' })).networkOutboundIds, []);
  const wrong = await shop.run('apply', '-f', shop.file(NET.replace('in-ports: red/web', 'in-ports: red/mail')));
  assert.match(wrong.err, /net\.yaml:5: mirrors\.dns cannot be understood: there is no port red\/mail/);
});

test('mirrors by command: made, attached, changed, explained, deleted', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'bridge', 'red');
  await shop.ok('create', 'port', '--bridge', 'red', '--name', 'tap');
  await shop.ok('create', 'port', '--bridge', 'red', '--name', 'web');
  await shop.ok('create', 'mirror', 'dns', '--to', 'tap', '--proto', 'udp', '--dst-port', '53');
  await shop.ok('update', 'port', 'web', '--inbound-mirrors', 'dns', '--pre-out-filter-mirrors', 'dns');
  await shop.ok('update', 'bridge', 'red', '--outbound-mirrors', 'dns');
  assert.match(
    await shop.ok('list', 'mirrors'),
    /dns +tap +proto udp dst-port 53 +web inbound, web before its .*red outbound/,
  );
  await shop.ok('update', 'mirror', 'dns', '--also', '--proto', 'tcp', '--dst-port', '53');
  assert.match(await shop.ok('show', 'mirror', 'dns'), /copies +proto udp dst-port 53; or proto tcp dst-port 53/);
  assert.match(await shop.ok('update', 'mirror', 'dns', '--everything'), /copies +everything/);
  const explained = await shop.ok(
    'trace',
    '--from-port',
    'web',
    '--arp',
    '10.0.0.2,10.0.0.9',
    '--src-mac',
    '02:00:00:00:00:02',
  );
  assert.match(
    explained,
    /mirror dns +shown at the inbound side of port web: copy lost, as port tap is bound to no interface/,
  );
  const clash = await shop.run('update', 'mirror', 'dns', '--nothing', '--proto', 'tcp');
  assert.equal(clash.code, 2);
  assert.match(clash.err, /exclude each other/);
  await shop.ok('update', 'bridge', 'red', '--outbound-mirrors', 'none');
  await shop.ok('delete', 'mirror', 'dns');
  assert.deepEqual(
    (await shop.client.ports.list()).flatMap(({ inboundMirrorIds }) => inboundMirrorIds),
    [],
  );
});

test('mirrors whose names have commas, or are "none", are exported and applied again', limit, async () => {
  await using shop = await Shop.open();
  const file = `
mirrors: { "a, b": { to: red/tap }, none: { to: red/tap }, c: { to: red/tap } }
bridges: { red: { inboundMirrors: ["a, b", c], outboundMirrors: [none], ports: { tap: {} } } }
`;
  await shop.apply(file);
  assert.equal(await shop.apply(file), 'nothing to change\n');
  const [bridge] = await shop.client.bridges.list();
  assert.deepEqual([bridge?.inboundMirrorIds.length, bridge?.outboundMirrorIds.length], [2, 1]);
  const { out, err } = await shop.run('export');
  assert.equal(err, '');
  assert.equal(await shop.apply(out, '--prune'), 'nothing to change\n');
  await using empty = await Shop.open();
  await empty.apply(out);
  assert.equal((await empty.run('export')).out, out);
});
