import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

test(
  'what is shared or linked shows to a tenant, marked, and is in no file of theirs',
  { timeout: 120_000 },
  async () => {
    await using shop = await Shop.open();
    await shop.apply(`
bridges:
  external:
    shared: true
routers:
  edge: {}
`);
    await shop.apply(`
tenant: acme
routers:
  inner:
    ports:
      up: { addresses: [100.64.0.2/24] }
bridges:
  red: {}
`);
    await shop.ok('create', 'port', '--router', 'edge', '--name', 'to-acme', '--address', '100.64.0.1/24');
    await shop.ok('link', 'to-acme', 'up');
    await shop.ok('create', 'user', 'ann', '--tenant', 'acme', '--password-file', shop.file('correct horse battery\n'));
    const token = await shop.ok('create', 'token', '--user', 'ann');
    const ann = async (...words: string[]) => shop.runWith({ MIDONET_URL: shop.url, MIDONET_TOKEN: token }, ...words);
    assert.match((await ann('list', 'bridges')).out, /external +up, shared, read-only/);
    assert.match((await ann('list', 'bridges')).out, /red +acme +up *$/m);
    assert.match((await ann('list', 'routers')).out, /edge +up, read-only +1 +0/);
    assert.match((await ann('list', 'ports')).out, /edge +up, read-only +100\.64\.0\.1\/24/);
    assert.match((await ann('show', 'router', 'edge')).out, /readOnly +(true|yes)/);
    assert.match((await ann('describe', 'router', 'edge')).out, /100\.64\.0\.1\/24/);
    const refused = await ann('update', 'router', 'edge', '--down');
    assert.match(refused.err, /not yours: you may look at it, and not change it/);
    assert.notEqual(refused.code, 0);
    assert.match((await ann('update', 'bridge', 'red', '--shared')).err, /only an administrator shares/);
    const exported = await ann('export');
    assert.equal(exported.code, 0, exported.err);
    assert.ok(!/edge|external/.test(exported.out), exported.out);
    // One's own goes before what one may only look at.
    await shop.ok('create', 'bridge', 'red', '--shared');
    assert.equal((await ann('update', 'bridge', 'red', '--down')).code, 0);
    assert.match(await shop.ok('export', '--tenant', 'acme'), /red:\n +up: false/);
  },
);
