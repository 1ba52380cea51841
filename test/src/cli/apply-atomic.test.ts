import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYTHING } from './everything.ts';
import { Shop } from './shop.ts';

const limit = { timeout: 240_000 };

async function opened(): Promise<Shop> {
  const shop = await Shop.open();
  await shop.client.hosts.create({ body: { name: 'hv1' } });
  return shop;
}

/** The revisions at which everything of this kind was last written. */
async function revisionOf(shop: Shop, object: string): Promise<number> {
  const [latest] = await shop.client.history.list({ query: { object } });
  return latest?.revision ?? assert.fail(`nothing is known of ${object}`);
}

test('everything that a file can say is made in one transaction', limit, async () => {
  await using shop = await opened();
  assert.match(await shop.apply(EVERYTHING, '--atomic'), /^\+ bridge red\n[^]*\n\d+ changes made\n$/m);
  assert.match((await shop.run('diff', '-f', shop.file(EVERYTHING), '--prune')).out, /^nothing to change$/m);
  const all = await Promise.all([
    ...[shop.client.bridges.list(), shop.client.routers.list(), shop.client.ports.list(), shop.client.chains.list()],
    ...[shop.client.vips.list(), shop.client.poolMembers.list(), shop.client.mirrors.list()],
  ]);
  const kinds = ['bridge', 'router', 'port', 'chain', 'vip', 'poolMember', 'mirror'];
  const keys = all.flatMap((some, at) => some.map(({ id }) => `${kinds[at] ?? ''}/${id}`));
  assert.ok(keys.length > 20, String(keys.length));
  const revisions = new Set(await Promise.all(keys.map((key) => revisionOf(shop, key))));
  assert.equal(revisions.size, 1);
  await using one = await opened();
  await one.apply(EVERYTHING);
  // But for the addresses that the controller makes.
  const exported = async (from: Shop): Promise<string> => (await from.ok('export')).replace(/^ +mac: 02:.*\n/gm, '');
  assert.equal(await exported(shop), await exported(one), 'as it is step by step');
  assert.match(await shop.apply(EVERYTHING, '--atomic'), /^nothing to change$/m);
});

test('where something is refused nothing is done, and it is named', limit, async () => {
  await using shop = await opened();
  await shop.apply('bridges: { red: { ports: { web: {}, app: {} } } }');
  const { out } = await shop.run('export');
  for (const [text, code, wanted] of [
    ['{ blue: {}, red: { ports: { web: { vlan: 7 }, app: { vlan: 5000 } } } }', 2, /port app on bridge red: .*vlanId/],
    ['{ blue: {}, red: { ports: { web: { host: hv1, interface: much-too-long-a-name } } } }', 2, /binding of port web/],
  ] as const) {
    const said = await shop.run('apply', '-f', shop.file(`bridges: ${text}`), '--atomic');
    assert.match(said.err, wanted);
    assert.match(said.err, /nothing was done/);
    assert.deepEqual([said.code, said.out], [code, '']);
    assert.equal((await shop.run('export')).out, out);
  }
  const chains = 'chains: { a: [{ jump: b }], b: [{ jump: a }] }';
  const loop = await shop.run('apply', '-f', shop.file(chains), '--atomic');
  assert.equal(loop.code, 7, loop.err);
  assert.match(loop.err, /^midonet: rule a:1|^midonet: rule b:1/);
  assert.deepEqual(await shop.client.chains.list(), []);
});

test('a topology becomes another one in one transaction, with what it has no more', limit, async () => {
  await using shop = await opened();
  const before = EVERYTHING;
  const after = EVERYTHING.replace(
    'trunk: { peer: vlans/red, vlan: 7 }',
    'trunk: { vlan: 8 }\n      other: { peer: vlans/red, vlan: 9 }',
  )
    .replace('ports: { red: { peer: red/trunk } }', 'ports: { red: { peer: red/other } }')
    .replace('tap: { host: hv1, interface: tap0 }', 'tap2: { host: hv1, interface: tap0 }')
    .replace(
      'web: { members: [10.1.0.2:80, { at: 10.1.0.3:80, weight: 2, up: false }]',
      'web: { members: [10.1.0.4:80]',
    )
    .replace('core: { up: false, ports', 'core: { ports')
    .replace('    - { jump: common }\n', '')
    .replace('inbound: common\n    ports', 'ports');
  assert.notEqual(after, before);
  await shop.apply(before);
  await shop.apply(after, '--prune', '--atomic');
  assert.match((await shop.run('diff', '-f', shop.file(after), '--prune')).out, /^nothing to change$/m);
  const [red] = await shop.client.bridges.list({ query: { name: 'red' } });
  const [other] = await shop.client.ports.list({ query: { vifId: 'other' } });
  assert.equal(await revisionOf(shop, `bridge/${red?.id ?? ''}`), await revisionOf(shop, `port/${other?.id ?? ''}`));
  await shop.apply(before, '--prune', '--atomic');
  assert.match((await shop.run('diff', '-f', shop.file(before), '--prune')).out, /^nothing to change$/m);
});
