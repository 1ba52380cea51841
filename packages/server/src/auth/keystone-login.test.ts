import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { rawRequest } from '../../testing/raw-http.ts';

const ISSUED = 'gAAAAABissued_by-Keystone==';
const NAMED = { name: 'acme', domain: { id: 'default' } };

/** A token of a member of acme, as Keystone tells of it. */
const token = (roles: readonly string[]): object => ({
  user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' } },
  project: { id: 'a1', name: 'acme', domain: { id: 'default', name: 'Default' } },
  roles: roles.map((name) => ({ id: name, name })),
  expires_at: new Date(Date.now() + 3600_000).toISOString(),
});

/** Gives one token to one user, and knows it again; says what it was asked for. */
async function standIn() {
  const asked: unknown[] = [];
  let roles: readonly string[] = ['member'];
  let status = 201;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (code: number, headers: Record<string, string> = {}) =>
        response.writeHead(code, headers).end(JSON.stringify({ token: token(roles) }));
      if (request.method === 'GET') return answer(request.headers['x-subject-token'] === ISSUED ? 200 : 404);
      const { auth } = JSON.parse(Buffer.concat(chunks).toString()) as { auth: Record<string, unknown> };
      asked.push(auth);
      const right = JSON.stringify(auth['identity']).includes('"password":"right"');
      return answer(right ? status : 401, { 'x-subject-token': ISSUED });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/v3`,
    asked,
    give: (now: readonly string[]) => (roles = now),
    answer: (now: number) => (status = now),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As MidoNet's client logs in. */
async function login({ controller }: Harness, user: string, password: string, project?: string) {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, ...(project === undefined ? {} : { 'x-auth-project': project }) };
  const { status, headers: got } = await rawRequest(`${controller.url}/login`, 'POST', headers, '{}');
  return { status, session: /^sessionId=([^;]+); Expires=/.exec(String(got['set-cookie']))?.[1] };
}

test('a user of Keystone logs in with user, password and project, and works in that project', async () => {
  await using keystone = await standIn();
  await using h = await startHarness({ keystone: { url: keystone.url, adminProject: undefined } });
  const { status, session } = await login(h, 'ann', 'right', 'acme');
  assert.deepEqual([status, session], [200, ISSUED]);
  const ann = createClient({ baseUrl: h.controller.url, token: ISSUED });
  assert.equal((await ann.bridges.create({ body: { name: 'red' } })).tenantId, 'a1');
  const password = { user: { name: 'ann', domain: { id: 'default' }, password: 'right' } };
  assert.deepEqual(keystone.asked, [{ identity: { methods: ['password'], password }, scope: { project: NAMED } }]);
});

test('a project is named, or says its id, or is left to Keystone; names are of the domain that was said', async () => {
  await using keystone = await standIn();
  await using h = await startHarness({ keystone: { url: keystone.url, adminProject: undefined, domain: 'corp' } });
  const id = '0123456789abcdef0123456789abcdef';
  for (const project of [id, '', undefined, 'acme']) await login(h, 'ann', 'right', project);
  assert.deepEqual(
    keystone.asked.map((auth) => (auth as { scope?: object }).scope),
    [{ project: { id } }, undefined, undefined, { project: { ...NAMED, domain: { id: 'corp' } } }],
  );
});

test('what Keystone does not take, or what opens nothing here, is no session', async () => {
  await using keystone = await standIn();
  await using h = await startHarness({ keystone: { url: keystone.url, adminProject: undefined } });
  assert.equal((await login(h, 'ann', 'wrong', 'acme')).status, 401);
  assert.equal((await login(h, '', 'right', 'acme')).status, 401);
  assert.equal((await login(h, 'a'.repeat(300), 'right', 'acme')).status, 401);
  for (const status of [400, 403, 404]) {
    keystone.answer(status);
    assert.equal((await login(h, 'ann', 'right', 'acme')).status, 401, String(status));
  }
  keystone.answer(500);
  assert.equal((await login(h, 'ann', 'right', 'acme')).status, 503);
  keystone.answer(201);
  keystone.give(['swift']);
  assert.equal((await login(h, 'ann', 'right', 'acme')).status, 401);
});

test('users of this controller come first, and a wrong password counts whoever cannot be asked', async () => {
  await using keystone = await standIn();
  await using h = await startHarness({ keystone: { url: keystone.url, adminProject: undefined } });
  await h.client.users.create({ body: { name: 'ann', password: 'long enough', role: 'member', tenantId: 'here' } });
  const own = await login(h, 'ann', 'long enough', 'here');
  assert.match(own.session ?? '', /^s1\./);
  assert.deepEqual(keystone.asked, []);
  keystone.answer(500);
  const statuses = new Set<number>();
  for (let i = 0; i < 40; i++) statuses.add((await login(h, 'ann', 'right', 'acme')).status);
  assert.deepEqual([...statuses], [503, 429]);
});
