import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { allEndpoints, API_ROOT, isBatchable, NOT_BUILT, patchables, type NamedEndpoint } from '@midonet/contract';
import { runs } from '@midonet/packet/testing/runs';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { oneAfterTheOther, rawRequest } from '../../testing/raw-http.ts';
import { reachOf } from './policy.ts';
import type { Identity } from './identity.ts';

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;
type Verb = (typeof VERBS)[number];

/** Somebody who asks, and who the table says they are. */
type Caller = { readonly name: string; readonly token: string; readonly identity: Identity | undefined };

const NOBODY: readonly Caller[] = [
  { name: 'nobody', token: '', identity: undefined },
  { name: 'a liar', token: 'mnt_0000000000000000_nothing', identity: undefined },
];

async function callers(h: Harness): Promise<Caller[]> {
  const credential = { kind: 'token', keys: [] } as const;
  const tenants = ['tenant-admin', 'member', 'reader'] as const;
  const people = tenants.map(async (role): Promise<Caller> => {
    await h.client.users.create({ body: { name: role, password: 'long enough', role, tenantId: 'acme' } });
    const { token } = await h.client.apiTokens.create({ body: { user: role } });
    return { name: role, token, identity: { user: role, role, tenantId: 'acme', credential } };
  });
  await h.client.users.create({ body: { name: 'auditor', password: 'long enough', role: 'auditor' } });
  const auditing = await h.client.apiTokens.create({ body: { user: 'auditor' } });
  const auditor = {
    name: 'auditor',
    token: auditing.token,
    identity: { user: 'auditor', role: 'auditor', credential },
  };
  const { token } = await h.client.enrolments.create({ body: { name: 'hv' } });
  const hostId = randomUUID();
  const host = await h.client.enrol.create({ body: { token, hostId } });
  const identity: Identity = { user: 'host hv', role: 'host', hostId: hostId as never, name: 'hv', credential };
  const everybody: Caller[] = [
    ...(await Promise.all(people)),
    { ...auditor, identity: { ...auditor.identity, role: 'auditor' } },
  ];
  return [...everybody, { name: 'an agent', token: host.credential, identity }, ...NOBODY];
}

/** The endpoint that a verb at its path is, as the role table knows it. */
function servedAt(): Map<string, Map<Verb, NamedEndpoint>> {
  const served = new Map<string, Map<Verb, NamedEndpoint>>();
  const serve = (verb: Verb, named: NamedEndpoint): void => {
    const verbs = served.get(named.endpoint.path) ?? new Map<Verb, NamedEndpoint>();
    served.set(named.endpoint.path, verbs.set(verb, named));
  };
  for (const named of allEndpoints()) {
    serve(named.endpoint.method, named);
    if (named.endpoint.method === 'GET') serve('HEAD', named);
  }
  for (const { writing } of patchables()) serve('PATCH', writing);
  return served;
}

/** Of what makes no difference: everything, or in the check one after the other. */
function inTurn<T>(all: readonly T[], turn: number): readonly T[] {
  return all.filter((_, at) => (at + turn) % all.length < runs(all.length, 1));
}

function fill(path: string): string {
  return path.replace(/\{\w+\}/g, () => randomUUID());
}

async function ask({ controller }: Harness, { token }: Caller, verb: string, path: string, body = ''): Promise<number> {
  const auth: Record<string, string> = token === '' ? {} : { 'x-auth-token': token };
  const { origin } = new URL(controller.url);
  const headers = { ...auth, 'content-type': 'application/json' };
  return (await rawRequest(origin + path, verb, headers, body, oneAfterTheOther)).status;
}

test('every verb at every address is refused to whoever may not, with its status', { timeout: 240_000 }, async () => {
  await using h = await startHarness({ limits: { requests: { burst: 1e6, perSecond: 1e6 } } });
  const before = await h.store.revision();
  const all = await callers(h);
  const made = await h.store.revision();
  assert.ok(made > before);
  let turn = 0;
  for (const [path, verbs] of servedAt()) {
    for (const verb of VERBS) {
      const named = verbs.get(verb);
      // What nothing serves is refused whoever asks.
      for (const caller of named === undefined ? inTurn(all, turn++) : all) {
        // What needs no credential is decided by what is sent.
        if (named?.endpoint.permission === 'none') continue;
        const body = ['POST', 'PUT', 'PATCH'].includes(verb) ? '[' : '';
        const status = await ask(h, caller, verb, API_ROOT + fill(path), body);
        const where = `${caller.name}: ${verb} ${path} gave ${status}`;
        if (named === undefined) assert.ok([404, 405].includes(status), where);
        else if (caller.identity === undefined) assert.equal(status, 401, where);
        else if (reachOf(caller.identity, named.group, named.operation) === 'none') assert.equal(status, 403, where);
        else assert.ok(![401, 403, 405].includes(status) && status < 500, where);
      }
    }
  }
  assert.equal(await h.store.revision(), made, 'none of it changed anything');
});

test('what a role may not do it may not do in a batch either', { timeout: 120_000 }, async () => {
  await using h = await startHarness({ limits: { requests: { burst: 1e6, perSecond: 1e6 } } });
  const all = await callers(h);
  const made = await h.store.revision();
  for (const named of allEndpoints().filter(({ endpoint }) => endpoint.method !== 'GET')) {
    const { endpoint, group, operation } = named;
    const body = JSON.stringify({ operations: [{ method: endpoint.method, path: fill(endpoint.path), body: {} }] });
    for (const caller of all) {
      const status = await ask(h, caller, 'POST', `${API_ROOT}/batch`, body);
      const where = `${caller.name}: ${group}.${operation} in a batch gave ${status}`;
      const { identity } = caller;
      if (identity === undefined) assert.equal(status, 401, where);
      else if (reachOf(identity, 'batch', 'run') === 'none') assert.equal(status, 403, where);
      else if (!isBatchable(named)) assert.equal(status, 400, where);
      else if (reachOf(identity, group, operation) === 'none') assert.equal(status, 403, where);
    }
  }
  const left = await h.client.bridges.list();
  assert.deepEqual(
    left.filter(({ tenantId }) => tenantId !== 'acme'),
    [],
  );
  assert.ok(made > 0);
});

test('what is no API object is guarded as well', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  let turn = 0;
  for (const caller of await callers(h)) {
    const stranger = caller.identity === undefined;
    for (const { path } of NOT_BUILT) {
      for (const verb of inTurn(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'], turn++)) {
        assert.equal(await ask(h, caller, verb, API_ROOT + fill(path)), stranger ? 401 : 501, `${caller.name} ${path}`);
      }
    }
    const watchful = caller.identity?.role === 'auditor';
    assert.equal(await ask(h, caller, 'GET', '/metrics'), stranger ? 401 : watchful ? 200 : 403);
    for (const path of ['openapi.json', 'docs']) {
      assert.equal(await ask(h, caller, 'GET', `${API_ROOT}/${path}`), stranger ? 401 : 200);
    }
    for (const path of ['/healthz', '/readyz']) assert.equal(await ask(h, caller, 'GET', path), 200);
    for (const path of ['/', '/midonet-api/nothing', '/midonet-api/watch', '/%2e%2e/etc/passwd']) {
      assert.ok([404, 426].includes(await ask(h, caller, 'GET', path)), path);
    }
  }
});
