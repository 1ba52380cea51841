import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient, type Client } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../../testing/harness.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const status = (code: number) => (error: unknown) => error instanceof ApiError && error.status === code;

function as({ controller }: Harness, token: string): Client {
  return createClient({ baseUrl: controller.url, token });
}

async function addAnn(h: Harness): Promise<void> {
  const body = { name: 'ann', password: 'correct horse', role: 'tenant-admin', tenantId: 'acme' } as const;
  await h.client.users.create({ body });
}

test('a session ends with time, logout, a new password, a disabled user or tenant', { timeout: 60_000 }, async () => {
  const clock = new ManualClock();
  await using h = await startHarness({ clock });
  await addAnn(h);
  const login = async () => (await h.client.login.create({ headers: basic('ann', 'correct horse') })).key;
  const works = (key: string) => as(h, key).whoami.get();

  const first = await login();
  await works(first);
  clock.advance(24 * 3600_000 + 1);
  await assert.rejects(works(first), status(401));

  const [one, two] = [await login(), await login()];
  await as(h, one).login.remove();
  await assert.rejects(works(one), status(401));
  await works(two);
  await as(h, two).users.update({ name: 'ann', body: { password: 'better battery' } });
  await assert.rejects(works(two), status(401), 'a new password ends what was');
  await assert.rejects(login(), status(401));
  await as(h, (await h.client.login.create({ headers: basic('ann', 'better battery') })).key).users.update({
    name: 'ann',
    body: { password: 'correct horse' },
  });

  const three = await login();
  await h.client.tenants.create({ body: { id: 'acme', enabled: false } });
  await assert.rejects(works(three), status(401));
  await assert.rejects(login(), status(401));
  await h.client.tenants.update({ id: 'acme', body: { enabled: true } });
  await works(three);
  await h.client.users.update({ name: 'ann', body: { enabled: false } });
  await assert.rejects(works(three), status(401));
});

test(
  'X-Auth-Project must be the own tenant; unknown users and wrong passwords read the same',
  { timeout: 120_000 },
  async () => {
    await using h = await startHarness();
    await addAnn(h);
    const login = (user: string, password: string, project?: string) =>
      h.client.login.create({
        headers: { ...basic(user, password), ...(project === undefined ? {} : { 'x-auth-project': project }) },
      });
    await login('ann', 'correct horse', 'acme');
    await login('admin', TOKEN, 'anything');
    const failures = [login('ann', 'wrong'), login('nobody', 'wrong'), login('ann', 'correct horse', 'umbrella')];
    const texts = (await Promise.allSettled(failures)).map((one) =>
      one.status === 'rejected' ? String(one.reason) : 'in',
    );
    assert.deepEqual(new Set(texts), new Set(['ApiError: user or password is wrong']));
  },
);

test('nobody gives more than they have', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  await addAnn(h);
  const ann = as(h, (await h.client.login.create({ headers: basic('ann', 'correct horse') })).key);
  const body = { name: 'bob', password: 'long enough', role: 'member', tenantId: 'acme' } as const;
  await assert.rejects(ann.users.create({ body: { ...body, role: 'admin', tenantId: null } }), status(400));
  await assert.rejects(ann.users.create({ body: { ...body, tenantId: 'umbrella' } }), status(403));
  await ann.users.create({ body });
  await assert.rejects(ann.users.update({ name: 'ann', body: { role: 'admin' } }), status(403));
  await assert.rejects(ann.users.update({ name: 'bob', body: { tenantId: 'umbrella' } }), status(403));
  await assert.rejects(ann.users.get({ name: 'admin' }), status(404));
  const bob = as(h, (await h.client.login.create({ headers: basic('bob', 'long enough') })).key);
  await assert.rejects(bob.users.update({ name: 'bob', body: { role: 'tenant-admin' } }), status(403));
  await assert.rejects(bob.users.get({ name: 'ann' }), status(404));
  await assert.rejects(bob.apiTokens.create({ body: { user: 'ann' } }), status(400));
  await assert.rejects(bob.apiTokens.create({ body: { role: 'tenant-admin' } }), status(403));
  const reader = as(h, (await bob.apiTokens.create({ body: { role: 'reader' } })).token);
  await assert.rejects(reader.bridges.create({ body: {} }), status(403));
  await assert.rejects(
    reader.apiTokens.create({ body: { role: 'member' } }),
    status(403),
    'a token makes no greater one',
  );
  await reader.bridges.list();
  const tokens = as(h, (await bob.apiTokens.create({ body: {} })).token);
  await h.client.users.update({ name: 'bob', body: { role: 'reader' } });
  await assert.rejects(tokens.bridges.create({ body: {} }), status(403), 'a token sinks with its user');
});

test('tokens expire, are stored hashed, and go with their user', { timeout: 120_000 }, async () => {
  const clock = new ManualClock();
  await using h = await startHarness({ clock });
  await addAnn(h);
  const { token } = await h.client.apiTokens.create({ body: { user: 'ann', expiresIn: 60 } });
  const forever = await h.client.apiTokens.create({ body: { user: 'ann' } });
  await as(h, token).whoami.get();
  clock.advance(60_001);
  await assert.rejects(as(h, token).whoami.get(), status(401));
  await as(h, forever.token).whoami.get();
  const all = JSON.stringify((await h.store.list('')).entries);
  // The random part may itself hold or begin with '_'.
  const random = forever.token.slice('mnt_0123456789abcdef_'.length);
  assert.equal(random.length, 43);
  for (const secret of [forever.token, random, 'correct horse']) {
    assert.ok(!all.includes(secret), 'no secret is stored');
  }
  await h.client.users.remove({ name: 'ann' });
  await assert.rejects(as(h, forever.token).whoami.get(), status(401));
  assert.deepEqual(await h.client.apiTokens.list(), []);
});

test(
  'failed logins are slowed, by address and user; good ones and other people are not',
  { timeout: 120_000 },
  async () => {
    const clock = new ManualClock();
    const loginsPerUser = { burst: 3, perSecond: 0.1 };
    await using h = await startHarness({ clock, limits: { loginsPerUser } });
    await addAnn(h);
    const login = (user: string, password: string) =>
      h.fetch('/login', { method: 'POST', headers: basic(user, password) });
    for (let i = 0; i < 3; i++) assert.equal((await login('ann', 'guess')).status, 401);
    const slowed = await login('ann', 'correct horse');
    assert.equal(slowed.status, 429, 'even the right password waits');
    assert.equal(slowed.headers.get('retry-after'), '10');
    assert.equal((await login('admin', TOKEN)).status, 200);
    clock.advance(10_000);
    assert.equal((await login('ann', 'correct horse')).status, 200);
    for (let i = 0; i < 18; i++) assert.equal((await login(`u${i}`, 'guess')).status, 401);
    assert.equal((await login('admin', TOKEN)).status, 429, 'the address has used up its failures');
  },
);

test("requests are limited by token, the controller's own token is not", { timeout: 120_000 }, async () => {
  const clock = new ManualClock();
  await using h = await startHarness({ clock, limits: { requests: { burst: 5, perSecond: 1 } } });
  await addAnn(h);
  const { token } = await h.client.apiTokens.create({ body: { user: 'ann' } });
  const other = await h.client.apiTokens.create({ body: { user: 'ann' } });
  const ask = (one: string) => h.fetch('/whoami', { headers: { 'x-auth-token': one } });
  for (let i = 0; i < 5; i++) assert.equal((await ask(token)).status, 200);
  const answer = await ask(token);
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '1']);
  assert.equal((await ask(other.token)).status, 200);
  for (let i = 0; i < 20; i++) assert.equal((await ask(TOKEN)).status, 200);
  clock.advance(1000);
  assert.equal((await ask(token)).status, 200);
});
