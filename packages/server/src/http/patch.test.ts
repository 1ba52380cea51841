import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, etagOf, fieldsOf } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { makeNeutron } from '../../testing/neutron-world.ts';
import { updateCalls } from '../../testing/update-calls.ts';
import { ghostWorld, makeWorld } from '../../testing/world.ts';

type Answer = { readonly status: number; readonly etag: string | null; readonly body: Record<string, unknown> };

type Options = { body?: unknown; ifMatch?: string; token?: string };

async function ask(h: Harness, method: string, path: string, options: Options = {}) {
  const { body, ifMatch, token } = options;
  const response = await h.fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(token === undefined ? {} : { 'x-auth-token': token }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, etag: response.headers.get('etag'), body: parsed } satisfies Answer;
}

test('every address with a PUT can be PATCHed, against the state that was seen and no other', async () => {
  await using h = await startHarness();
  const world = { ...(await makeWorld(h.client, 'acme')), ...(await makeNeutron(h.client, 'acme')) };
  const calls = updateCalls(world);
  assert.ok(calls.length >= 25);
  for (const { path, body, writing } of calls) {
    const patch = (options: { body?: unknown; ifMatch?: string }) => ask(h, 'PATCH', path, { body, ...options });
    const seen = await ask(h, 'GET', path);
    assert.equal(seen.status, 200, path);
    assert.match(seen.etag ?? '', /^"[\w-]{27}\.[\w-]{12}"$/, path);
    const unsaid = await patch({});
    assert.equal(unsaid.status, 428, path);
    assert.match(String(unsaid.body['message']), /If-Match/, path);
    assert.equal((await patch({ ifMatch: '"another"' })).status, 412, path);
    assert.deepEqual((await ask(h, 'GET', path)).body, seen.body, `${path} is as it was`);
    const unknown = await patch({ ifMatch: '*', body: { ...body, nonsense: 1 } });
    assert.equal(unknown.status, 400, path);
    assert.match(JSON.stringify(unknown.body['violations']), /"nonsense"/, path);
    const done = await patch({ ifMatch: seen.etag ?? '' });
    assert.equal(done.status, 200, `${path}: ${JSON.stringify(done.body)}`);
    const after = await ask(h, 'GET', path);
    assert.deepEqual(done.body, after.body, path);
    assert.equal(done.etag, after.etag, path);
    assert.equal((await ask(h, 'PUT', path, { body, ifMatch: '"another"' })).status, 412, path);
    assert.equal((await ask(h, 'PUT', path, { body, ifMatch: after.etag ?? '' })).status, 200, path);
    // A value of no field's type: the same words as a PUT's.
    const [field = ''] = Object.keys(body).length > 0 ? Object.keys(body) : fieldsOf(writing.endpoint.request);
    const wrong = { ...body, [field]: { no: 'field takes this' } };
    const [put, patched] = [await ask(h, 'PUT', path, { body: wrong }), await patch({ body: wrong, ifMatch: '*' })];
    assert.equal(put.status, 400, path);
    assert.deepEqual(patched.body, put.body, path);
  }
});

test('a PATCH reaches as far as the PUT of the same address, for every role', async () => {
  await using h = await startHarness();
  const [own, other] = [await makeWorld(h.client, 'acme'), await makeWorld(h.client, 'umbrella')];
  for (const role of ['tenant-admin', 'member', 'reader'] as const) {
    const name = `${role}-acme`;
    await h.client.users.create({ body: { name, password: 'long enough', role, tenantId: 'acme' } });
    const { token } = await h.client.apiTokens.create({ body: { user: name } });
    for (const { path, body, writing } of [...updateCalls(own), ...updateCalls(other), ...updateCalls(ghostWorld())]) {
      // Users may change their password: then both do, which is the same.
      const [put, patched] = [
        await ask(h, 'PUT', path, { body, token }),
        await ask(h, 'PATCH', path, { body, token, ifMatch: '*' }),
      ];
      assert.equal(patched.status, put.status, `${role} ${writing.group} ${path}`);
    }
  }
});

test('GET answers 304 to whoever has it, also by a tag that a proxy made weak; another state is sent', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'a' } });
  const etag = etagOf(await h.client.bridges.get({ id })) ?? assert.fail();
  const get = (known: string) => h.fetch(`/bridges/${id}`, { headers: { 'if-none-match': known } });
  for (const known of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
    const same = await get(known);
    assert.deepEqual([same.status, await same.text(), same.headers.get('etag')], [304, '', etag], known);
  }
  await h.client.bridges.update({ id, body: { name: 'b' } });
  const changed = await get(etag);
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.get('etag'), etag);
  const bad = await get('unquoted');
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /If-None-Match/);
});

test('deleting, creating and sub-collections take preconditions as well', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'a' } });
  const empty = (await ask(h, 'GET', `/bridges/${id}/ports`)).etag ?? assert.fail();
  const addPort = () => ask(h, 'POST', `/bridges/${id}/ports`, { body: {}, ifMatch: empty });
  assert.equal((await addPort()).status, 201);
  const again = await addPort();
  assert.equal(again.status, 412, 'it has a port now');
  assert.match(String(again.body['message']), /read it again/);
  const seen = (await ask(h, 'GET', `/bridges/${id}`)).etag ?? assert.fail();
  assert.equal((await ask(h, 'DELETE', `/bridges/${id}`, { ifMatch: '"old"' })).status, 412);
  assert.equal((await ask(h, 'DELETE', `/bridges/${id}`, { ifMatch: seen })).status, 204);
  const gone = await ask(h, 'DELETE', `/bridges/${id}`, { ifMatch: '*' });
  assert.equal(gone.status, 404, 'what is not there is that first');
  const absent = { ifMatch: '*' };
  assert.equal((await ask(h, 'DELETE', `/hosts/${id}/credential`, absent)).status, 412, 'nobody can GET this');
});

test('null takes away what can be without: policy, filter, binding and link; what cannot says so', async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  const id = world.port;
  await h.client.ports.link({ id: world.loose, body: { peerId: world.routerPort } });
  const set = { inboundFilterId: world.chain, qosPolicyId: world.qosPolicy, vifId: 'v' };
  const full = await h.client.ports.patch({ id, ifMatch: '*', body: set });
  assert.deepEqual([full.hostId, full.vifId, full.qosPolicyId], [world.host, 'v', world.qosPolicy]);
  const clear = { inboundFilterId: null, qosPolicyId: null, hostId: null, vifId: null };
  const bare = await h.client.ports.patch({ id, ifMatch: etagOf(full) ?? '', body: clear });
  assert.deepEqual([bare.inboundFilterId, bare.qosPolicyId, bare.hostId, bare.vifId], [null, null, null, null]);
  assert.equal(bare.previousHostId, world.host);
  const alone = await h.client.ports.patch({ id: world.loose, ifMatch: '*', body: { peerId: null } });
  assert.equal(alone.peerId, null);
  assert.equal((await h.client.ports.get({ id: world.routerPort })).peerId, null);
  await assert.rejects(
    h.client.bridges.patch({ id: world.bridge, ifMatch: '*', body: { name: null } }),
    (error: unknown) => error instanceof ApiError && error.status === 400 && /name cannot be taken/.test(error.message),
  );
});

test('of many who patch the same state at once one gets through, and none is lost with different fields', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'a' } });
  const ifMatch = etagOf(await h.client.bridges.get({ id })) ?? '';
  const names = Array.from({ length: 8 }, (_, n) => `n${n}`);
  const results = await Promise.allSettled(
    names.map((name) => h.client.bridges.patch({ id, ifMatch, body: { name } })),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const one of results) {
    if (one.status === 'rejected') assert.equal(one.reason instanceof ApiError && one.reason.status, 412);
  }
  await Promise.all([
    h.client.bridges.patch({ id, ifMatch: '*', body: { name: 'last' } }),
    h.client.bridges.patch({ id, ifMatch: '*', body: { tenantId: 'acme' } }),
    h.client.bridges.patch({ id, ifMatch: '*', body: { adminStateUp: false } }),
  ]);
  const { name, tenantId, adminStateUp } = await h.client.bridges.get({ id });
  assert.deepEqual([name, tenantId, adminStateUp], ['last', 'acme', false]);
});

test('a body that is no merge patch is refused by its reason', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'a' } });
  const send = (body: string, type = 'application/merge-patch+json') =>
    h.fetch(`/bridges/${id}`, { method: 'PATCH', headers: { 'content-type': type, 'if-match': '*' }, body });
  assert.equal((await send('{}', 'application/json-patch+json')).status, 415);
  assert.equal((await send('[1]')).status, 400);
  assert.equal((await send('')).status, 400);
  assert.equal((await send('{"__proto__": {"name": "x"}}')).status, 400);
  assert.equal((await send(`${'{"name":'.repeat(5000)}1${'}'.repeat(5000)}`)).status, 400);
  assert.equal((await send('{}')).status, 200);
  const list = await h.fetch('/bridges', { method: 'PATCH', body: '{}' });
  assert.equal(list.status, 405);
});

test('If-Match looks at what was set, If-None-Match at all that is shown', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const { port, router, host } = await makeWorld(h.client, 'acme');
  const tag = async (path: string): Promise<string> => (await ask(h, 'GET', path)).etag ?? '';
  const seen = { port: await tag(`/ports/${port}`), router: await tag(`/routers/${router}`) };
  const agent = await WatchClient.connect(h.controller.url);
  await agent.hello({ id: host, name: 'hyper' });
  agent.send({
    op: 'rows',
    id: 1,
    puts: [{ kind: 'portActive', portId: port, hostId: host, tunnelKey: 7 }],
    deletes: [],
  });
  await agent.next('ack');
  assert.equal((await ask(h, 'GET', `/ports/${port}`)).body['active'], true);
  await h.client.routers.createPort({ id: router, body: { portSubnet: ['10.77.0.1/24'] } });
  const cached = async (path: string, etag: string): Promise<number> =>
    (await h.fetch(path, { headers: { 'if-none-match': etag } })).status;
  for (const [path, etag, body] of [
    [`/ports/${port}`, seen.port, { adminStateUp: false }],
    [`/routers/${router}`, seen.router, { name: 'other' }],
  ] as const) {
    assert.equal(await cached(path, etag), 200, 'a cache is told of the rest');
    assert.notEqual(await tag(path), etag);
    assert.equal((await ask(h, 'PATCH', path, { body, ifMatch: etag })).status, 200, 'and a writer is not held up');
    assert.equal((await ask(h, 'PATCH', path, { body, ifMatch: etag })).status, 412, 'but by what was set');
    assert.equal((await ask(h, 'DELETE', path, { ifMatch: etag })).status, 412);
    assert.equal(await cached(path, await tag(path)), 304);
  }
  const quota = await tag('/quotas/acme');
  await h.client.bridges.create({ body: { tenantId: 'acme' } });
  assert.equal((await ask(h, 'PATCH', '/quotas/acme', { body: { ports: 99 }, ifMatch: quota })).status, 200);
  assert.equal((await ask(h, 'PATCH', '/quotas/acme', { body: { ports: 98 }, ifMatch: quota })).status, 412);
  await agent.close();
});
