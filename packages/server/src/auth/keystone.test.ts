import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiError, createClient, isCloudRole, type Client } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

const status = (code: number) => (error: unknown) => error instanceof ApiError && error.status === code;
const TOKEN = 'gAAAAABanything';

/** Answers GET /v3/auth/tokens as Keystone does, for tokens that vouch for themselves, and what projects there are. */
async function standIn() {
  const tokens = new Map<string, object>();
  const projects = new Map<string, readonly object[]>();
  let asked = 0;
  let broken = false;
  const server = createServer((request, response) => {
    asked++;
    const { 'x-auth-token': auth, 'x-subject-token': subject } = request.headers;
    const known =
      auth === subject && request.url === '/v3/auth/tokens?nocatalog' ? tokens.get(String(subject)) : undefined;
    const named = auth === undefined ? undefined : projects.get(`${String(auth)} ${request.url ?? ''}`);
    if (broken) response.writeHead(500).end('{"error":{"code":500}}');
    else if (named !== undefined) response.writeHead(200).end(JSON.stringify({ projects: named, links: {} }));
    else if (request.url === '/v3/projects') response.writeHead(403).end('{"error":{"code":403}}');
    else if (known === undefined) response.writeHead(401).end('{"error":{"code":401,"title":"Unauthorized"}}');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: known }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    tokens,
    projects,
    url: `http://127.0.0.1:${port}/v3`,
    asked: () => asked,
    fail: (now: boolean) => (broken = now),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Scope = { readonly project?: string; readonly system?: boolean; readonly until?: number };

function token(roles: readonly string[], { project, system, until = 3600_000 }: Scope, clock: ManualClock): object {
  return {
    methods: ['password'],
    user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' } },
    ...(project === undefined
      ? {}
      : { project: { id: project, name: 'p', domain: { id: 'default', name: 'Default' } } }),
    ...(system === true ? { system: { all: true } } : {}),
    roles: roles.map((name) => ({ id: name, name })),
    expires_at: new Date(clock.now() + until).toISOString().replace('Z', '000Z'),
    issued_at: new Date(clock.now()).toISOString(),
    audit_ids: ['x'],
  };
}

function as({ controller }: Harness): Client {
  return createClient({ baseUrl: controller.url, token: TOKEN });
}

test("a project's roles are those of the tenant; admin is everybody's only where that was said", async () => {
  const clock = new ManualClock();
  await using keystone = await standIn();
  await using h = await startHarness({ clock, keystone: { url: `${keystone.url}/`, adminProject: 'ops' } });
  for (const [roles, scope, role] of [
    [['reader'], { project: 'acme' }, 'reader'],
    [['reader', 'Member'], { project: 'acme' }, 'member'],
    [['manager', 'member', 'reader'], { project: 'acme' }, 'tenant-admin'],
    [['admin'], { project: 'acme' }, 'tenant-admin'],
    [['admin'], { project: 'ops' }, 'admin'],
    [['admin'], { system: true }, 'admin'],
    [['reader'], { system: true }, 'auditor'],
    [['member'], { system: true }, undefined],
    [['admin'], {}, undefined],
    [['swift'], { project: 'acme' }, undefined],
  ] as const) {
    keystone.tokens.set(TOKEN, token(roles, scope, clock));
    clock.advance(60_001);
    if (role === undefined) await assert.rejects(as(h).whoami.get(), status(401), roles.join());
    else {
      const { user, role: got, tenantId, credential } = await as(h).whoami.get();
      const wanted = ['keystone:ann@default', role, isCloudRole(role) ? null : 'acme', 'keystone'];
      assert.deepEqual([user, got, tenantId, credential], wanted);
    }
  }
});

test('a tenant of Keystone sees its own, is not the local user of that name, and can be disabled', async () => {
  const clock = new ManualClock();
  await using keystone = await standIn();
  await using h = await startHarness({ clock, keystone: { url: keystone.url, adminProject: undefined } });
  await h.client.bridges.create({ body: { name: 'theirs', tenantId: 'umbrella' } });
  await h.client.users.create({ body: { name: 'ann', password: 'long enough', role: 'member', tenantId: 'acme' } });
  keystone.tokens.set(TOKEN, token(['member'], { project: 'acme' }, clock));
  const { tenantId } = await as(h).bridges.create({ body: { name: 'mine' } });
  assert.equal(tenantId, 'acme');
  assert.deepEqual(
    (await as(h).bridges.list()).map(({ name }) => name),
    ['mine'],
  );
  await assert.rejects(as(h).users.get({ name: 'ann' }), status(404));
  await assert.rejects(as(h).tunnelZones.create({ body: { name: 'z', type: 'vxlan' } }), status(403));
  const authors = (await h.client.audit.list()).map(({ user, tenantId: of }) => `${user} ${of ?? ''}`);
  assert.ok(authors.includes('keystone:ann@default acme'), authors.join('; '));
  await h.client.tenants.create({ body: { id: 'acme', enabled: false } });
  await assert.rejects(as(h).bridges.list(), status(401));
});

test('answers are believed for a minute and no longer than the token; a broken Keystone is a 503', async () => {
  const clock = new ManualClock();
  await using keystone = await standIn();
  await using h = await startHarness({ clock, keystone: { url: keystone.url, adminProject: undefined } });
  await assert.rejects(as(h).whoami.get(), status(401));
  await assert.rejects(as(h).whoami.get(), status(401));
  assert.equal(keystone.asked(), 1, 'a refusal is believed for a while');
  keystone.tokens.set(TOKEN, token(['member'], { project: 'acme', until: 90_000 }, clock));
  clock.advance(10_001);
  await Promise.all([as(h).whoami.get(), as(h).whoami.get(), as(h).whoami.get()]);
  await as(h).whoami.get();
  assert.equal(keystone.asked(), 2);
  keystone.fail(true);
  await as(h).whoami.get();
  clock.advance(60_001);
  await assert.rejects(as(h).whoami.get(), status(503));
  keystone.fail(false);
  await as(h).whoami.get();
  clock.advance(30_000);
  await assert.rejects(as(h).whoami.get(), status(401), 'the token has expired, though Keystone answers 200');
  keystone.tokens.clear();
  clock.advance(60_001);
  await assert.rejects(as(h).whoami.get(), status(401));
});

test('projects have the names that Keystone gives them, for who may know of them', async () => {
  const clock = new ManualClock();
  await using keystone = await standIn();
  await using h = await startHarness({ clock, keystone: { url: keystone.url, adminProject: 'ops' } });
  const names = async () => (await as(h).tenants.list()).map(({ id, name }) => `${id} ${name}`);
  const [acme, umbrella] = [
    { id: 'acme', name: 'Acme Ltd.' },
    { id: 'umbrella', name: 'Umbrella' },
  ];
  await h.client.bridges.create({ body: { name: 'b', tenantId: 'old' } });
  await h.client.tenants.create({ body: { id: 'umbrella', name: 'as made here' } });
  keystone.tokens.set(TOKEN, token(['admin'], { project: 'ops' }, clock));
  keystone.projects.set(`${TOKEN} /v3/projects`, [acme, umbrella]);
  assert.deepEqual(await names(), ['acme Acme Ltd.', 'old old', 'umbrella as made here']);
  const asked = keystone.asked();
  assert.equal((await as(h).tenants.get({ id: 'acme' })).name, 'Acme Ltd.');
  assert.equal(keystone.asked(), asked, 'believed for a while');
  // A member is told of its own alone, whatever else it has roles in.
  clock.advance(60_001);
  keystone.tokens.set(TOKEN, token(['member'], { project: 'acme' }, clock));
  keystone.projects.clear();
  keystone.projects.set(`${TOKEN} /v3/auth/projects`, [acme, umbrella]);
  assert.deepEqual(await names(), ['acme Acme Ltd.']);
  // Without names there are ids.
  clock.advance(60_001);
  await as(h).whoami.get();
  keystone.fail(true);
  assert.deepEqual(await names(), ['acme acme']);
});
