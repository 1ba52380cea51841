import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient, type Client, type Role } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { makeWorld } from '../../testing/world.ts';
import { atMost } from './identity.ts';

const limit = { timeout: 120_000 };
const status = (code: number) => (error: unknown) => error instanceof ApiError && error.status === code;
const PASSWORD = 'long enough';
const HOST = { id: '7c8a3f5e-0000-4000-8000-000000000001', name: 'hv1' };

const as = ({ controller }: Harness, token: string): Client => createClient({ baseUrl: controller.url, token });

async function user(h: Harness, name: string, role: Role, tenantId?: string): Promise<void> {
  await h.client.users.create({ body: { name, password: PASSWORD, role, tenantId } });
}

async function session(h: Harness, name: string, password = PASSWORD): Promise<Client> {
  const authorization = `Basic ${btoa(`${name}:${password}`)}`;
  return as(h, (await h.client.login.create({ headers: { authorization } })).key);
}

test('who looks at all tenants has no part in one: roles are given by who has them', limit, () => {
  const table = {
    admin: ['admin', 'auditor', 'tenant-admin', 'member', 'reader'],
    auditor: ['auditor'],
    'tenant-admin': ['tenant-admin', 'member', 'reader'],
    member: ['member', 'reader'],
    reader: ['reader'],
  } as const satisfies Record<Role, readonly Role[]>;
  for (const [than, roles] of Object.entries(table) as [Role, readonly Role[]][]) {
    for (const role of table.admin) assert.equal(atMost(role, than), roles.includes(role), `${role} by ${than}`);
  }
});

test('an auditor has no tenant, a password and tokens of their own, and gives no other role', limit, async () => {
  await using h = await startHarness();
  const refused = { name: 'eve', password: PASSWORD, role: 'auditor', tenantId: 'acme' } as const;
  await assert.rejects(h.client.users.create({ body: refused }), /an auditor has all tenants: leave it out/);
  await user(h, 'eve', 'auditor');
  await user(h, 'ann', 'tenant-admin', 'acme');
  const eve = await session(h, 'eve');
  const { role, tenantId } = await eve.whoami.get();
  assert.deepEqual([role, tenantId], ['auditor', null]);
  assert.deepEqual((await eve.users.list()).map(({ name }) => name).sort(), ['ann', 'eve']);
  const made = await eve.apiTokens.create({ body: {} });
  assert.equal((await as(h, made.token).whoami.get()).role, 'auditor');
  await assert.rejects(eve.apiTokens.create({ body: { role: 'reader' } }), (error) => error instanceof ApiError);
  await assert.rejects(eve.apiTokens.create({ body: { role: 'admin' } }), status(403));
  await assert.rejects(eve.apiTokens.create({ body: { user: 'ann' } }), status(400));
  await assert.rejects(eve.users.update({ name: 'eve', body: { role: 'admin' } }), status(403));
  await assert.rejects(eve.users.update({ name: 'ann', body: { enabled: false } }), status(404));
  await eve.users.update({ name: 'eve', body: { password: 'another one' } });
  await session(h, 'eve', 'another one');
  const ann = await session(h, 'ann');
  const wish = { name: 'x', password: PASSWORD, role: 'auditor' } as const;
  await assert.rejects(ann.users.create({ body: wish }), (error) => status(403)(error) || status(400)(error));
  await assert.rejects(ann.users.update({ name: 'ann', body: { role: 'auditor' } }), status(403));
  await assert.rejects(ann.apiTokens.create({ body: { role: 'auditor' } }), status(403));
});

test('a user who becomes an auditor leaves the tenant, and its tokens with that', limit, async () => {
  await using h = await startHarness();
  await user(h, 'ann', 'member', 'acme');
  const { token } = await h.client.apiTokens.create({ body: { user: 'ann' } });
  const changed = await h.client.users.update({ name: 'ann', body: { role: 'auditor' } });
  assert.deepEqual([changed.role, changed.tenantId], ['auditor', null]);
  await assert.rejects(as(h, token).whoami.get(), status(401));
});

test('a token for less than its user may do does not become all of it', limit, async () => {
  await using h = await startHarness();
  await user(h, 'root2', 'admin');
  await user(h, 'ann', 'tenant-admin', 'acme');
  for (const [name, role] of [
    ['root2', 'auditor'],
    ['ann', 'reader'],
    ['ann', 'member'],
  ] as const) {
    const strong = await h.client.apiTokens.create({ body: { user: name } });
    const weak = as(h, (await h.client.apiTokens.create({ body: { user: name, role } })).token);
    assert.equal((await weak.whoami.get()).role, role);
    await assert.rejects(weak.users.update({ name, body: { password: 'taken over' } }), status(403), role);
    await assert.rejects(weak.apiTokens.remove({ id: strong.id }), status(403), role);
    assert.equal((await weak.apiTokens.create({ body: {} })).role, role);
    await session(h, name);
  }
});

test('an auditor watches everything, and is no agent', limit, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  await user(h, 'eve', 'auditor');
  const { token } = await h.client.apiTokens.create({ body: { user: 'eve' } });
  const agent = await WatchClient.connect(h.controller.url, token);
  agent.send({ op: 'hello', protocol: 1, host: HOST });
  assert.equal((await agent.next('refused')).code, 'forbidden');
  const watch = await WatchClient.connect(h.controller.url, token);
  watch.send({ op: 'hello', protocol: 1 });
  assert.equal((await watch.next('welcome')).exchangeKeys, undefined);
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'host', id: world.host } });
  const { items } = await watch.next('snapshot');
  assert.ok(items.some(({ key }) => key === `port/${world.port}`));
  watch.send({ op: 'rows', id: 1, puts: [], deletes: [] });
  assert.equal((await watch.next('refused')).code, 'forbidden');
  await Promise.all([agent.close(), watch.close()]);
});
