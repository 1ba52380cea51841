import { runCli } from '@midonet/cli';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop, TOKEN } from './shop.ts';

type Watching = {
  readonly ready: Promise<unknown>;
  /** It has printed something. */
  readonly printed: Promise<unknown>;
  readonly done: Promise<{ code: number; out: string }>;
};

/** A watch that runs; `ready` when it has all that is there. */
function begin(shop: Shop, ...words: string[]): Watching {
  return beginAs(TOKEN, shop, ...words);
}

function beginAs(token: string, shop: Shop, ...words: string[]): Watching {
  const { promise: ready, resolve } = Promise.withResolvers<unknown>();
  const { promise: printed, resolve: onPrinted } = Promise.withResolvers<unknown>();
  let out = '';
  const surroundings = {
    stdout: { write: (text: string) => onPrinted((out += text)) },
    stderr: { write: (text: string) => (text.startsWith('watching ') ? resolve(true) : undefined) },
    env: { HOME: shop.folder, MIDONET_URL: shop.url, MIDONET_TOKEN: token },
  };
  const done = runCli(['watch', ...words], surroundings).then((code) => ({ code, out }));
  return { ready, printed, done };
}

test('changes are printed as they happen, with what they changed', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const { id } = await shop.client.bridges.create({ body: { name: 'red' } });
  const watch = begin(shop, 'bridges', 'port', '--count', '3');
  await watch.ready;
  await shop.client.routers.create({ body: { name: 'not asked for' } });
  await shop.client.bridges.update({ id, body: { name: 'blue' } });
  const port = await shop.client.bridges.createPort({ id, body: { vifId: 'web' } });
  await shop.client.ports.remove({ id: port.id });
  const { code, out } = await watch.done;
  assert.equal(code, 0);
  const lines = out.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`^[-\\dT:]+Z  \\d+  ~ bridge/${id} blue \\(name: red → blue\\)$`));
  assert.match(lines[1] ?? '', new RegExp(`  \\+ port/${port.id} web$`));
  assert.match(lines[2] ?? '', new RegExp(`  - port/${port.id} web$`));
  assert.equal(lines.length, 3);
});

test('as JSON, one line each, and what is there first', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const { id } = await shop.client.bridges.create({ body: { name: 'red' } });
  const watch = begin(shop, 'bridge', '--now', '--count', '1', '--json');
  await watch.ready;
  await shop.client.bridges.remove({ id });
  const lines = (await watch.done).out.trimEnd().split('\n');
  const told = lines.map((line) => JSON.parse(line) as { op: string; object: string; name: string });
  assert.deepEqual(
    told.map(({ op, object, name }) => [op, object, name]),
    [
      ['create', `bridge/${id}`, 'red'],
      ['delete', `bridge/${id}`, 'red'],
    ],
  );
});

test('a kind that is none, a wrong token, nobody there', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const none = await shop.run('watch', 'bride');
  assert.deepEqual([none.code, /no kind of object; there is bridge, router/.test(none.err)], [2, true]);
  const wrong = await shop.run('watch', '--token', 'wrong');
  assert.deepEqual([wrong.code, wrong.out], [5, ''], wrong.err);
  const nobody = await shop.run('watch', '--url', 'http://127.0.0.1:9');
  assert.deepEqual([nobody.code, /no watch at http/.test(nobody.err)], [6, true]);
});

test("a tenant sees the provider's router come with the link to it, and go", { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const { client } = shop;
  const edge = await client.routers.create({ body: { name: 'edge' } });
  const inner = await client.routers.create({ body: { name: 'inner', tenantId: 'acme' } });
  const far = await client.routers.createPort({ id: edge.id, body: { portSubnet: ['100.64.0.1/24'] } });
  const near = await client.routers.createPort({ id: inner.id, body: { portSubnet: ['100.64.0.2/24'] } });
  await client.users.create({ body: { name: 'ann', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await client.apiTokens.create({ body: { user: 'ann' } });
  const watch = beginAs(token, shop, 'router', '--count', '2');
  await watch.ready;
  await client.routers.update({ id: edge.id, body: { name: 'not seen' } });
  await client.routers.update({ id: edge.id, body: { name: 'edge' } });
  await client.ports.link({ id: near.id, body: { peerId: far.id } });
  await watch.printed;
  await client.ports.unlink({ id: near.id });
  const lines = (await watch.done).out.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`  \\+ router/${edge.id} edge$`));
  assert.match(lines.at(-1) ?? '', new RegExp(`  - router/${edge.id} edge$`));
});
