import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const password = 'correct horse battery';

/** Commands of somebody who has no token and logs in. */
function person(shop: Shop) {
  const env = { MIDONET_URL: shop.url, MIDONET_PASSWORD: password };
  return async (...words: string[]) => shop.runWith(env, ...words);
}

async function withShop(use: (shop: Shop) => Promise<void>): Promise<void> {
  await using shop = await Shop.open();
  writeFileSync(join(shop.folder, 'secret'), `${password}\n`);
  await use(shop);
}

test('somebody logs in, works on their tenant, and logs out', { timeout: 60_000 }, () =>
  withShop(async (shop) => {
    const secret = join(shop.folder, 'secret');
    assert.equal((await shop.run('create', 'tenant', 'acme', '--name', 'Acme')).code, 0);
    const made = await shop.run('create', 'user', 'ann', '--tenant', 'acme', '--password-file', secret);
    assert.deepEqual([made.code, made.out, made.err], [0, 'ann\n', '']);
    const ann = person(shop);
    const wrong = await shop.runWith({ MIDONET_URL: shop.url, MIDONET_PASSWORD: 'guess' }, 'login', 'ann');
    assert.deepEqual([wrong.code, wrong.err], [5, 'midonet: user or password is wrong\n']);
    assert.equal((await ann('login', 'ann')).code, 0);
    const file = join(shop.folder, '.config', 'midonet', 'credentials.json');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file, 'utf8').includes(password));
    assert.match((await ann('whoami')).out, /user +ann\nrole +member\ntenantId +acme\ncredential +session/);
    await shop.run('create', 'bridge', 'theirs', '--tenant', 'umbrella');
    assert.equal((await ann('create', 'bridge', 'red')).code, 0);
    const listed = await ann('list', 'bridges');
    assert.ok(listed.out.includes('red') && !listed.out.includes('theirs'), listed.out);
    const refused = await ann('show', 'bridge', 'theirs');
    assert.deepEqual([refused.code, refused.err], [4, 'midonet: no bridge "theirs"; there is red\n']);
    const forbidden = await ann('create', 'tunnel-zone', 'z');
    assert.match(forbidden.err, /your role, member, may not do this/);
    assert.equal((await ann('status')).code, 0);
    assert.equal((await ann('list', 'hosts')).code, 0);
    const elsewhere = await shop.runWith({ MIDONET_URL: 'http://127.0.0.1:1' }, 'whoami');
    assert.match(elsewhere.err, /no answer/);
    assert.equal((await ann('logout')).code, 0);
    assert.match((await ann('whoami')).err, /authentication is required/);
  }),
);

test('tokens are shown once, listed without it, and deleted by id or by themselves', { timeout: 60_000 }, () =>
  withShop(async (shop) => {
    const secret = join(shop.folder, 'secret');
    await shop.run('create', 'user', 'ann', '--tenant', 'acme', '--password-file', secret);
    const token = (
      await shop.run('create', 'token', '--user', 'ann', '--role', 'reader', '--expires', '1h')
    ).out.trim();
    assert.match(token, /^mnt_[0-9a-f]{16}_/);
    const use = (...words: string[]) => shop.runWith({ MIDONET_URL: shop.url, MIDONET_TOKEN: token }, ...words);
    assert.match((await use('whoami')).out, /role +reader/);
    assert.match((await use('create', 'bridge', 'red')).err, /your role, reader, may not do this/);
    const { out } = await shop.run('list', 'tokens', '--user', 'ann');
    assert.ok(out.includes(token.split('_')[1] ?? '?') && !out.includes(token));
    assert.equal((await shop.run('delete', 'token', token)).code, 0);
    assert.match((await use('whoami')).err, /authentication is required/);
    assert.equal((await shop.run('update', 'user', 'ann', '--disable')).code, 0);
    assert.match((await shop.run('list', 'users')).out, /ann +member +acme +no/);
    assert.equal((await shop.run('delete', 'user', 'ann')).code, 0);
    assert.match((await shop.run('delete', 'user', 'ann')).err, /there is no user ann/);
  }),
);

test('quotas, the audit trail and hosts', { timeout: 60_000 }, () =>
  withShop(async (shop) => {
    assert.equal((await shop.run('quota', 'set', 'acme', '--bridges', '1', '--port-groups', '0')).code, 0);
    assert.match((await shop.run('quota', 'show', 'acme')).out, /bridges +0 +1\nrouters +0 +none/);
    await shop.run('create', 'bridge', 'red', '--tenant', 'acme');
    const full = await shop.run('create', 'bridge', 'blue', '--tenant', 'acme');
    assert.match(full.err, /the quota of bridges is used up: 1 of 1/);
    assert.equal((await shop.run('quota', 'set', 'acme', '--bridges', 'none')).code, 0);
    assert.equal((await shop.run('create', 'bridge', 'blue', '--tenant', 'acme')).code, 0);
    assert.equal((await shop.run('quota', 'reset', 'acme')).code, 0);
    const audit = await shop.run('audit', '--since', '1h', '--object', 'bridge');
    assert.match(audit.out, /admin +127\.0\.0\.1 +acme +create bridge\//);
    assert.equal((await shop.run('audit', '--since', 'ever')).code, 2);
    const enrol = await shop.run('host', 'enrol', 'hv1', '--expires', '15m');
    assert.match(enrol.out, /^mne_/);
    const hostId = '7c8a3f5e-0000-4000-8000-000000000001';
    await shop.client.enrol.create({ body: { token: enrol.out.trim(), hostId } });
    assert.match((await shop.run('host', 'credentials')).out, /hv1 +7c8a3f5e-.* enrolled/);
    assert.equal((await shop.run('host', 'revoke', 'hv1')).code, 0);
    assert.match((await shop.run('host', 'revoke', 'hv1')).err, /no host "hv1" has a credential/);
    assert.equal((await shop.run('delete', 'tenant', 'acme')).code, 7, 'it owns bridges');
  }),
);

test('a file of more changes than a user may ask for at once is applied, if slower', { timeout: 120_000 }, async () => {
  await using shop = await Shop.open({ limits: { requests: { burst: 30, perSecond: 30 } } });
  await shop.client.users.create({ body: { name: 'ann', password: 'long enough', role: 'member', tenantId: 'acme' } });
  const { token } = await shop.client.apiTokens.create({ body: { user: 'ann' } });
  const bridges = Array.from({ length: 60 }, (_, n) => `net${n}: {}`).join(', ');
  const env = { MIDONET_URL: shop.url, MIDONET_TOKEN: token };
  const { code, err } = await shop.runWith(env, 'apply', '-f', shop.file(`tenant: acme\nbridges: { ${bridges} }`));
  assert.deepEqual([code, err], [0, '']);
  assert.equal((await shop.client.bridges.list()).length, 60);
});
