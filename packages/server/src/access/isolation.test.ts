import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints, ApiError, createClient, type Client, type TenantRole } from '@midonet/contract';
import { CALLS } from '../../testing/endpoint-calls.ts';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { ghostWorld, makeWorld, type World } from '../../testing/world.ts';
import { POLICY, type Reach } from './policy.ts';

const ROLES: readonly TenantRole[] = ['tenant-admin', 'member', 'reader'];

/** Its own user in each test tenant and role, by an API token. */
async function clientOf(h: Harness, tenantId: string, role: TenantRole): Promise<{ client: Client; user: string }> {
  const user = `${role}-of-${tenantId}`;
  await h.client.users.create({ body: { name: user, password: 'long enough', role, tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user } });
  return { client: createClient({ baseUrl: h.controller.url, token }), user };
}

function reachIn(group: string, operation: string, role: TenantRole | 'auditor'): Reach {
  const row: unknown = Reflect.get(Reflect.get(POLICY, group) as object, operation);
  return Reflect.get(row as object, role) as Reach; // the table's own type says so
}

function call(group: string, operation: string): (client: Client, world: World) => Promise<unknown> {
  return Reflect.get(Reflect.get(CALLS, group) as object, operation) as ReturnType<typeof call>; // complete by its type
}

/** The answer as text: status and message with the ids of the world replaced by their names. */
async function answer(run: Promise<unknown>, world: World): Promise<{ status: number; text: string }> {
  const named = (text: string): string => {
    for (const [name, id] of Object.entries(world)) text = text.replaceAll(id, `<${name}>`);
    // Messages cut long ids short.
    return text.replace(/[0-9a-f]{8}-[0-9a-f-]{6,27}$/, '<cut>');
  };
  try {
    return { status: 200, text: named(JSON.stringify((await run) ?? null)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status ?? 0, text: named(error.message) };
  }
}

/** Everything stored but what others' tries leave behind: nothing of them is to change this. */
async function stored({ store }: Harness): Promise<Map<string, string>> {
  const { entries } = await store.list('');
  return new Map(entries.filter(({ key }) => !key.startsWith('audit/')).map(({ key, value }) => [key, value]));
}

const ENDPOINTS = allEndpoints().map(({ group, operation }) => ({ group, operation, name: `${group}.${operation}` }));
/** Answered from what is sent, not from what is asked about. */
const NO_OBJECT = new Set(['login.create', 'login.remove', 'enrol.create']);

for (const role of ROLES) {
  test(`${role}: another tenant's things are answered as if they were not there`, { timeout: 120_000 }, async () => {
    await using h = await startHarness();
    const world = await makeWorld(h.client, 'acme');
    const { client } = await clientOf(h, 'umbrella', role);
    const before = await stored(h);
    for (const { group, operation, name } of ENDPOINTS) {
      if (NO_OBJECT.has(name)) continue;
      const reach = reachIn(group, operation, role);
      const theirs = await answer(call(group, operation)(client, world), world);
      if (reach === 'none') {
        assert.deepEqual([name, theirs.status], [name, 403]);
        continue;
      }
      for (const [what, id] of Object.entries(world)) {
        assert.ok(!theirs.text.includes(`<${what}>`) || theirs.status >= 400, `${name} shows ${what} ${id}`);
      }
      const ghost = ghostWorld();
      const nothing = await answer(call(group, operation)(client, ghost), ghost);
      assert.deepEqual([name, theirs], [name, nothing]);
      if (theirs.status === 200) assert.ok(['[]'].includes(theirs.text) || isOwn(name), `${name}: ${theirs.text}`);
      else assert.ok([400, 403, 404].includes(theirs.status), `${name}: ${theirs.status} ${theirs.text}`);
    }
    assert.deepEqual(await stored(h), before, 'nothing has changed');
  });

  test(`${role}: reaches its own as the table says`, { timeout: 120_000 }, async () => {
    await using h = await startHarness();
    const { client } = await clientOf(h, 'acme', role);
    const world = await makeWorld(h.client, 'acme');
    for (const { group, operation, name } of inOrder()) {
      if (NO_OBJECT.has(name)) continue;
      const reach = reachIn(group, operation, role);
      const got = await answer(call(group, operation)(client, world), world);
      const provider = PROVIDERS.has(group) && !name.endsWith('.list');
      const list = ['hostInterfaces.list', 'hostPorts.list', 'tunnelZoneHosts.list'].includes(name);
      const expected = reach === 'none' ? 403 : provider || list || (reach === 'self' && isOthers(name)) ? 404 : 200;
      // A token for somebody else is a mistake in the body.
      const wanted = reach === 'self' && name === 'apiTokens.create' ? 400 : expected;
      assert.deepEqual([name, got.status], [name, wanted], got.text);
      assert.ok(got.status >= 400 || !/<host>|<zone>|tap0/.test(got.text), `${name} shows the provider's: ${got.text}`);
    }
  });
}

/** Deletions last, and what hangs on something before that. */
function inOrder(): typeof ENDPOINTS {
  const owners = [
    ['dhcpSubnets'],
    ['mirrors'],
    ['ports', 'users', 'pools'],
    ['chains', 'loggingResources', 'qosPolicies', 'portGroups', 'ipAddrGroups', 'loadBalancers', 'healthMonitors'],
    ['bridges', 'routers'],
  ];
  const rank = ({ group, operation }: (typeof ENDPOINTS)[number]): number =>
    operation === 'remove' ? 2 + owners.findIndex((groups) => groups.includes(group)) : 0;
  return ENDPOINTS.toSorted((a, b) => rank(a) - rank(b));
}

const PROVIDERS = new Set(['hosts', 'hostInterfaces', 'hostPorts', 'tunnelZones', 'tunnelZoneHosts']);

/** Lists and documents that show the caller's own. */
function isOwn(name: string): boolean {
  return /^(application|systemState|whoami)\.get$|^(tenants|users|apiTokens|quotas|audit)\.list$/.test(name);
}

function isOthers(name: string): boolean {
  return /^(users|apiTokens)\.(get|update|remove)$/.test(name);
}

test('an auditor sees what an admin sees, in every tenant, and changes nothing', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  await h.client.users.create({ body: { name: 'eve', password: 'long enough', role: 'auditor' } });
  const { token } = await h.client.apiTokens.create({ body: { user: 'eve' } });
  const client = createClient({ baseUrl: h.controller.url, token });
  const before = await stored(h);
  const secret = /password|hash|epoch|mn[teh]_|"secret|key":"[0-9a-f]{32}/i;
  for (const { group, operation, name } of ENDPOINTS) {
    if (NO_OBJECT.has(name)) continue;
    const reach = reachIn(group, operation, 'auditor');
    const got = await answer(call(group, operation)(client, world), world);
    const statuses: Readonly<Record<Reach, readonly number[]>> = {
      all: [200, 404],
      own: [],
      self: [400, 404],
      none: [403],
    };
    const wanted = statuses[reach];
    assert.ok(wanted.includes(got.status), `${name}: ${got.status} ${got.text}`);
    assert.doesNotMatch(got.text, secret, name);
    if (reach !== 'all' || group === 'whoami') continue;
    const forAdmin = await answer(call(group, operation)(h.client, world), world);
    assert.deepEqual([name, got], [name, forAdmin]);
  }
  assert.deepEqual(await stored(h), before, 'nothing has changed');
  const one = { method: 'POST', path: '/bridges', body: { name: 'no' } } as const;
  await assert.rejects(client.batch.run({ body: { operations: [one] } }), /your role, auditor, may not do this/);
});

test('an admin reaches everything, an agent nothing of this', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { token } = await h.client.enrolments.create({ body: { name: 'hv' } });
  const hostId = '7c8a3f5e-0000-4000-8000-000000000001';
  const { credential } = await h.client.enrol.create({ body: { token, hostId } });
  const agent = createClient({ baseUrl: h.controller.url, token: credential });
  const world = await makeWorld(h.client, 'acme');
  for (const { group, operation, name } of ENDPOINTS) {
    if (NO_OBJECT.has(name)) continue;
    assert.deepEqual([name, (await answer(call(group, operation)(agent, world), world)).status], [name, 403]);
  }
});
