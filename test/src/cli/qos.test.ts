import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 30_000 };

const NET = `
tenant: acme
qosPolicies:
  silver: { egress: 50M, ingress: 0.1G/10M, description: for everybody }
  voice: { dscp: 46, shared: true }
bridges:
  red:
    qos: silver
    ports:
      phone: { qos: voice }
      web: {}
`;

test('policies by apply: made, then nothing to change, changed in place, taken off', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(NET);
  assert.equal(await shop.apply(NET), 'nothing to change\n');
  const silver = (await shop.client.qosPolicies.list({ query: { name: 'silver' } }))[0];
  const limits = silver?.rules.map(({ direction, maxKbps, maxBurstKb }) => [direction, maxKbps, maxBurstKb]);
  assert.deepEqual(limits?.sort(), [
    ['egress', 50_000, 0],
    ['ingress', 100_000, 10_000],
  ]);
  const bridge = (await shop.client.bridges.list())[0];
  assert.equal(bridge?.qosPolicyId, silver?.id);
  const changed = await shop.apply(NET.replace('egress: 50M, ', '').replace('qos: silver', 'qos: none'));
  assert.match(changed, /^~ QoS policy silver \(egress: 50M → none\)$/m);
  assert.match(changed, /^~ filters of bridge red \(qos: silver → none\)$/m);
  assert.deepEqual(
    (await shop.client.qosPolicies.get({ id: silver?.id ?? '' })).rules.map(({ direction }) => direction),
    ['ingress'],
  );
  const wrong = await shop.run('apply', '-f', shop.file('qosPolicies:\n  fast: { egress: 50 miles }\n'));
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /net\.yaml:2.*egress: "50 miles" is no rate like 50M/);
  const missing = await shop.run('apply', '-f', shop.file('bridges:\n  red: { qos: gold }\n'));
  assert.match(missing.err, /there is no QoS policy gold/);
});

test('policies by command: made, used, changed, deleted', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'qos-policy', 'gold', '--egress', '1500k', '--ingress', '1.5G/2M', '--dscp', '10');
  await shop.ok('create', 'bridge', 'red', '--qos-policy', 'gold');
  await shop.ok('create', 'port', '--bridge', 'red', '--name', 'web', '--qos-policy', 'gold');
  assert.match(await shop.ok('list', 'qos-policies'), /gold +1500k +1500M\/2M +10/);
  await shop.ok('update', 'qos-policy', 'gold', '--egress', 'none', '--dscp', '46', '--shared');
  const shown = await shop.ok('show', 'qos-policy', 'gold');
  assert.match(shown, /ingress +1500M\/2M/);
  assert.match(shown, /dscp +46/);
  assert.doesNotMatch(shown, /egress/);
  await shop.ok('update', 'port', 'web', '--qos-policy', 'none');
  const [port] = await shop.client.ports.list();
  assert.equal(port?.qosPolicyId, null);
  await shop.ok('delete', 'qos-policy', 'gold');
  assert.equal((await shop.client.bridges.list())[0]?.qosPolicyId, null);
  const wrong = await shop.run('create', 'qos-policy', 'x', '--dscp', '64');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /dscp: "64" is no whole number from 0 to 63/);
});

test('a trace names the policy that marks', limit, async () => {
  await using shop = await Shop.open();
  await shop.run('apply', '-f', shop.file(NET));
  const { out, err } = await shop.run(
    'trace',
    '--from-port',
    'phone',
    '--udp',
    '10.1.0.1:1000,10.1.0.2:53',
    '--src-mac',
    '02:00:00:00:00:01',
    '--dst-mac',
    '02:00:00:00:00:02',
  );
  assert.match(out, /qosPolicy voice +rewrites DSCP 46/, err);
});

test("the page's file can be applied as it stands", limit, async () => {
  await using shop = await Shop.open();
  const page = readFileSync(join(import.meta.dirname, '../../../docs/qos.md'), 'utf8');
  const yaml = /```yaml\n([^`]*)```/.exec(page)?.[1];
  assert.ok(yaml !== undefined);
  const { code, err } = await shop.run('apply', '-f', shop.file(yaml));
  assert.equal(code, 0, err);
});
