import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };
const MAC = '02:00:00:00:00:01';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/l2-insertion.md'), 'utf8');
const NET = /```yaml\n([^`]*)```/.exec(PAGE)?.[1] ?? '';

test('insertions by apply: made, then nothing to change, changed in place, taken away', limit, async () => {
  await using shop = await Shop.open();
  assert.match(await shop.apply(NET), /^\+ L2 insertion red\/web\/02:00:00:00:00:01\/2$/m);
  assert.equal(await shop.apply(NET), 'nothing to change\n');
  const exported = await shop.run('export', '--tenant', 'acme');
  assert.equal(exported.code, 0, exported.err);
  assert.equal(await shop.apply(exported.out), 'nothing to change\n');
  const made = await shop.client.l2Insertions.list();
  assert.match(exported.out, /service: services\/firewall/);
  assert.deepEqual(made.map(({ vlan, position, failOpen }) => [vlan, position, failOpen]).sort(), [
    [10, 1, false],
    [10, 2, true],
  ]);
  const changed = await shop.apply(NET.replace('vlan: 10, position: 1', 'vlan: 11, position: 1, failOpen: true'));
  assert.match(changed, /^~ L2 insertion red\/web\/02:00:00:00:00:01\/1 \(vlan: 10 → 11, failOpen: false → true\)$/m);
  const exchange: Readonly<Record<string, string>> = {
    'services/firewall': 'services/ids',
    'services/ids': 'services/firewall',
  };
  const swapped = NET.replace(/service: (services\/\w+)/g, (_all, name: string) => `service: ${exchange[name]}`);
  await shop.apply(NET);
  assert.match(
    await shop.apply(swapped),
    /^~ L2 insertion red\/web\/02:00:00:00:00:01 \(1: service: .* → .*, 2: service: .*\)$/m,
  );
  assert.equal(await shop.apply(swapped), 'nothing to change\n');
  await shop.apply(NET);
  const one = NET.replace(/^.*services\/ids, .*\n/m, '');
  assert.match(await shop.apply(one), /^- L2 insertion red\/web\/02:00:00:00:00:01\/2$/m);
  const none = one.replace(/insertions:[^]*/, '');
  assert.equal(await shop.apply(none), 'nothing to change\n');
  await shop.apply(none, '--prune');
  assert.deepEqual(await shop.client.l2Insertions.list(), []);
  const wrong = await shop.run('apply', '-f', shop.file('insertions:\n  - { port: red/web, service: a/b, mac: 3 }\n'));
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /net\.yaml:2.*mac must be a MAC address, not "3"/);
});

test('insertions by command: made, listed, changed, deleted; a trace goes by them', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'bridge', 'red');
  for (const name of ['web', 'fw']) await shop.ok('create', 'port', '--bridge', 'red', '--name', name);
  const create = ['create', 'l2-insertion', '--port', 'web', '--service', 'fw', '--mac', MAC];
  await shop.ok(...create, '--vlan', '10');
  assert.match(await shop.ok('list', 'l2-insertions', '--port', 'web'), /web +02:00:00:00:00:01 +1 +fw +10 +drops/);
  const again = await shop.run(...create, '--vlan', '20');
  assert.match(again.err, /02:00:00:00:00:01 has an insertion at position 1 already/);
  const name = `web/${MAC}/1`;
  const trace = ['trace', '--from-port', 'web', '--udp', '10.1.0.1:1000,10.1.0.2:53', '--src-mac', MAC];
  const { out } = await shop.run(...trace, '--dst-mac', '02:00:00:00:00:02');
  assert.match(out, new RegExp(`dropped by l2Insertion ${name}: the service port of an L2 insertion is down`));
  await shop.ok('update', 'l2-insertion', name, '--fail-open');
  assert.match(await shop.ok('show', 'l2-insertion', name), /failOpen +(true|yes)/);
  const open = await shop.run(...trace, '--dst-mac', '02:00:00:00:00:02');
  assert.match(open.out, new RegExp(`l2Insertion ${name} +passes by service port fw, which is down: fails open`));
  await shop.ok('delete', 'l2-insertion', name);
  assert.deepEqual(await shop.client.l2Insertions.list(), []);
});
