import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 120_000 };

test('a port that several devices have is named with its device, everywhere', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply('bridges: { red: { ports: { web: {} } }, blue: { ports: { web: {}, red/web: {} } } }');
  const twice = await shop.run('show', 'port', 'web');
  assert.equal(twice.code, 4);
  assert.match(twice.err, /"web" is 2 ports; say which like device\/port or router:device\/port, or by id/);
  const [red, blue] = await Promise.all(
    ['red', 'blue'].map(async (name) => (await shop.client.bridges.list({ query: { name } }))[0]?.id ?? ''),
  );
  const deviceOf = async (text: string): Promise<string> =>
    (JSON.parse(await shop.ok('show', 'port', text, '--json')) as { deviceId: string }).deviceId;
  assert.equal(await deviceOf('blue/web'), blue);
  assert.equal(await deviceOf(`${red?.slice(0, 8) ?? ''}/web`), red);
  // A name with a slash in it is a name first.
  assert.equal(await deviceOf('red/web'), blue);
  assert.equal(await deviceOf('blue/red/web'), blue);
  assert.match((await shop.run('show', 'port', 'green/web')).err, /no bridge or router "green"/);
  assert.match((await shop.run('show', 'port', 'blue/db')).err, /no port "db"; there is (web, red\/web|red\/web, web)/);
  await shop.ok('update', 'port', 'blue/web', '--down');
  assert.match(await shop.ok('describe', 'port', 'blue/web'), /adminStateUp +(false|no)/);
});

test('tokens, credentials and the audit trail take names and beginnings of ids', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'user', 'ann', '--tenant', 'acme', '--password-file', shop.file('correct horse battery\n'));
  await shop.ok('create', 'token', '--user', 'ann');
  const [token] = await shop.client.apiTokens.list();
  assert.equal((await shop.run('delete', 'token', 'ffff00001111')).code, 4);
  assert.equal((await shop.run('delete', 'token', token?.id.slice(0, 3) ?? '')).code, 4, 'three digits are a slip');
  await shop.ok('delete', 'token', token?.id.slice(0, 12) ?? '');
  assert.deepEqual(await shop.client.apiTokens.list(), []);
  const { token: enrolment } = await shop.client.enrolments.create({ body: { name: 'hv1' } });
  const hostId = '7c8a3f5e-0000-4000-8000-000000000001';
  await shop.client.enrol.create({ body: { token: enrolment, hostId } });
  assert.equal((await shop.run('host', 'revoke', 'hv2')).code, 4);
  await shop.ok('host', 'revoke', '7c8a3f5e');
  assert.deepEqual(await shop.client.hostCredentials.list(), []);
  await shop.ok('create', 'bridge', 'red');
  await shop.ok('create', 'bridge', 'blue');
  assert.equal((await shop.ok('audit', '--object', 'bridge/red')).split('\n').length, 2, 'a heading and one change');
  assert.match(await shop.ok('audit', '--object', 'bridge'), /create bridge[\s\S]*create bridge/);
});

test('tenants are named by name, id or the beginning of an id, wherever one is asked for', limit, async () => {
  await using shop = await Shop.open();
  const id = '3f2a9c1e0000000000000000000000aa';
  await shop.ok('create', 'tenant', id, '--name', 'Acme');
  await shop.ok('create', 'bridge', 'red', '--tenant', 'Acme');
  await shop.ok('create', 'chain', 'in', '--tenant', '3f2a9c1e');
  await shop.ok('create', 'bridge', 'new', '--tenant', 'umbrella');
  const owners = (await shop.client.bridges.list()).map(({ name, tenantId }) => `${name ?? ''} ${tenantId ?? ''}`);
  assert.deepEqual(owners.sort(), ['new umbrella', `red ${id}`]);
  assert.match(await shop.ok('list', 'bridges', '--tenant', '3f2a'), /red/);
  assert.doesNotMatch(await shop.ok('list', 'bridges', '--tenant', 'Acme'), /new/);
  assert.match(await shop.ok('export', '--tenant', 'Acme'), new RegExp(`tenant: "?${id}`));
  await shop.ok('update', 'bridge', 'new', '--tenant', 'Acme');
  assert.equal((await shop.client.bridges.list({ query: { tenant_id: id } })).length, 2);
  await shop.ok('quota', 'set', 'Acme', '--bridges', '7');
  assert.equal((await shop.client.quotas.get({ tenantId: id })).limits.bridges, 7);
  await shop.ok('quota', 'set', 'default', '--bridges', '9');
  await shop.ok('create', 'tenant', '3f2a9c1e0000000000000000000000bb', '--name', 'Acme');
  const twice = await shop.run('list', 'bridges', '--tenant', 'Acme');
  assert.equal(twice.code, 4);
  assert.match(twice.err, /"Acme" is 2 tenants; say which by id: 3f2a/);
  await shop.ok('delete', 'tenant', '3f2a9c1e0000000000000000000000bb');
});
