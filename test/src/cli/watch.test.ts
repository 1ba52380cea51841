import { runCli } from '@midonet/cli';
import { createClient } from '@midonet/contract';
import { startController, type Controller } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test(
  'a tenant misses nothing and hears nothing twice over a restart of the controller, and learns why it starts over',
  { timeout: 120_000 },
  async () => {
    const store = openMemoryStore();
    const folder = mkdtempSync(join(tmpdir(), 'midonet-cli-'));
    const options = { store, auth: { kind: 'token', token: TOKEN } } as const;
    const first = await startController({ ...options, listen: { host: '127.0.0.1', port: 0 } });
    const back = (at: Pick<Controller, 'address'>) => startController({ ...options, listen: at.address });
    let controller = first;
    // A controller of the operators, who go on meanwhile.
    const other = await startController({ ...options, listen: { host: '127.0.0.1', port: 0 } });
    try {
      const client = createClient({ baseUrl: other.url, token: TOKEN });
      const { id } = await client.bridges.create({ body: { tenantId: 'acme', name: 'red' } });
      const theirs = await client.bridges.create({ body: { tenantId: 'umbrella', name: 'secret' } });
      await client.users.create({ body: { name: 'ann', password: 'long enough', role: 'reader', tenantId: 'acme' } });
      const { token } = await client.apiTokens.create({ body: { user: 'ann' } });
      const notes = new EventEmitter();
      let [out, said] = ['', ''];
      const surroundings = {
        stdout: { write: (text: string) => notes.emit('note', (out += text)) },
        stderr: { write: (text: string) => notes.emit('note', (said += text)) },
        env: { HOME: folder, MIDONET_URL: first.url, MIDONET_TOKEN: token },
      };
      const until = async (text: string): Promise<void> => {
        while (!said.includes(text)) await once(notes, 'note');
        said = '';
      };
      const done = runCli(['watch', 'bridge', '--count', '6'], surroundings);
      await until('watching bridge');
      await controller.close();
      await client.bridges.update({ id, body: { name: 'blue' } });
      await client.bridges.update({ id, body: { name: 'green' } });
      await client.bridges.update({ id: theirs.id, body: { name: 'hidden' } });
      await client.bridges.update({ id: theirs.id, body: { name: 'given', tenantId: 'acme' } });
      controller = await back(first);
      await until('connected again');
      await client.bridges.remove({ id: theirs.id });
      await client.bridges.update({ id, body: { name: 'grey' } });
      while (!out.includes('grey')) await once(notes, 'note');
      await controller.close();
      await client.bridges.update({ id, body: { name: 'white' } });
      await client.bridges.update({ id, body: { name: 'black' } });
      await store.compact(await store.revision());
      controller = await back(first);
      await until('bridge starts over: the controller forgot what happened since (compacted)');
      assert.equal(await done, 0);
      const told = out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2}/).slice(2).join(' '));
      assert.deepEqual(told, [
        `~ bridge/${id} blue (name: red → blue)`,
        `~ bridge/${id} green (name: blue → green)`,
        `+ bridge/${theirs.id} given`,
        `- bridge/${theirs.id} given`,
        `~ bridge/${id} grey (name: green → grey)`,
        `~ bridge/${id} black (name: grey → black)`,
      ]);
    } finally {
      await Promise.all([controller.close(), other.close()]);
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
