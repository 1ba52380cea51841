import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ApiError, createClient, etagOf, MOST_OBJECTS, MOST_OPERATIONS, type Client } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';

type Operation = Parameters<Client['batch']['run']>[0]['body']['operations'][number];

const post = (path: string, body: object = {}): Operation => ({ method: 'POST', path, body });
const run = (client: Client, ...operations: Operation[]) => client.batch.run({ body: { operations } });

/** A refusal with this status, of which something names that. */
function refused(status: number, ...wanted: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ApiError && error.failure.kind === 'refused', String(error));
    assert.equal(error.status, status, error.message);
    const told = JSON.stringify(error.failure);
    for (const one of wanted) assert.match(told, one);
    return true;
  };
}

async function tenant(h: Harness, tenantId: string, role: 'member' | 'reader' = 'member'): Promise<Client> {
  const name = `${role}-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role, tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user: name } });
  return createClient({ baseUrl: h.controller.url, token });
}

test('mixed operations see those before them and are one revision', async () => {
  await using h = await startHarness();
  const [bridge, router, port, far] = Array.from({ length: 4 }, () => randomUUID()) as [string, string, string, string];
  const before = await h.store.revision();
  const { results } = await run(
    h.client,
    post('/bridges', { id: bridge, name: 'b' }),
    post('/midonet-api/routers', { id: router, name: 'r' }),
    post(`/bridges/${bridge}/ports`, { id: port }),
    post(`${h.controller.url}/routers/${router}/ports`, { id: far, portSubnet: ['10.0.0.1/24'] }),
    post(`/ports/${port}/link`, { peerId: far }),
    { method: 'PATCH', path: `/bridges/${bridge}`, ifMatch: '*', body: { name: 'c' } },
    { method: 'PUT', path: `/routers/${router}`, body: { name: 's' } },
    post('/bridges', { id: randomUUID() }),
    { method: 'DELETE', path: `/ports/${far}` },
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    [201, 201, 201, 201, 201, 200, 200, 201, 204],
  );
  assert.equal(await h.store.revision(), before + 1);
  assert.equal(results[0]?.uri, `${h.controller.url}/bridges/${bridge}`);
  assert.equal((await h.client.bridges.get({ id: bridge })).name, 'c');
  assert.equal((await h.client.ports.get({ id: port })).peerId, null, 'its peer went again');
  assert.deepEqual(await h.client.routers.ports({ id: router }), []);
  const records = await h.client.audit.list();
  assert.deepEqual(
    records.map(({ changes }) => `${changes[0]?.op} ${changes[0]?.object.split('/')[0]}`),
    [
      'create bridge',
      'create router',
      'create port',
      'create port',
      'update port',
      'update bridge',
      'update router',
      'create bridge',
      'delete port',
    ],
  );
});

test('the operation that fails is named with its field, and nothing was done', async () => {
  await using h = await startHarness();
  const seen = await h.client.bridges.create({ body: { name: 'there' } });
  const path = `/bridges/${seen.id}`;
  const before = await h.store.revision();
  const after = (operation: Operation) => run(h.client, post('/bridges', { name: 'new' }), operation);
  const cases: [Operation, number, RegExp][] = [
    [post('/bridges', { name: 7 }), 400, /"operations\.1\.body\.name"/],
    [post('/bridges', { id: seen.id }), 409, /operation 1, POST \/bridges/],
    [post('/bridges', { inboundFilterId: randomUUID() }), 400, /"operations\.1\.body\.inboundFilterId"/],
    [{ method: 'DELETE', path: `/bridges/${randomUUID()}` }, 404, /"operations\.1\.body"/],
    [{ method: 'PATCH', path, body: { name: 'x' } }, 428, /"operations\.1\.ifMatch"/],
    [{ method: 'PATCH', path, body: { name: 'x' }, ifMatch: '"old"' }, 412, /operation 1/],
    [{ method: 'DELETE', path, ifMatch: '"old"' }, 412, /operation 1/],
    [{ method: 'PATCH', path, body: { nonsense: 1 }, ifMatch: '*' }, 400, /"operations\.1\.body\.nonsense"/],
    [post('/nowhere'), 400, /"operations\.1\.path".*leads nowhere/],
    [post(path), 400, /"operations\.1\.path".*PUT, DELETE, PATCH it can/],
    [post('/bridges/%zz/ports'), 400, /"operations\.1\.path"/],
    [post('/users', {}), 400, /"operations\.1\.path".*ask for it alone/],
    [post('/batch', { operations: [] }), 400, /"operations\.1\.path"/],
    [{ method: 'GET' as 'POST', path }, 400, /"operations\.1\.method"/],
  ];
  for (const [operation, status, named] of cases) await assert.rejects(after(operation), refused(status, named));
  await assert.rejects(run(h.client), refused(400, /at least one/));
  const many = Array.from({ length: MOST_OPERATIONS + 1 }, () => post('/bridges'));
  await assert.rejects(run(h.client, ...many), refused(400, /at most 10000/));
  assert.equal(await h.store.revision(), before);
  assert.deepEqual(
    (await h.client.bridges.list()).map(({ name }) => name),
    ['there'],
  );
  const right = { method: 'DELETE', path, ifMatch: etagOf(await h.client.bridges.get({ id: seen.id })) ?? '' } as const;
  await after(right);
  assert.deepEqual(
    (await h.client.bridges.list()).map(({ name }) => name),
    ['new'],
  );
});

test('role, tenant and quota hold for each operation', async () => {
  await using h = await startHarness();
  const [acme, reader] = [await tenant(h, 'acme'), await tenant(h, 'acme', 'reader')];
  const theirs = await h.client.bridges.create({ body: { tenantId: 'umbrella' } });
  await assert.rejects(run(reader, post('/bridges')), refused(403, /your role, reader/));
  await assert.rejects(run(acme, post('/bridges'), post('/hosts', { name: 'hv' })), refused(403, /operation 1/));
  await assert.rejects(run(acme, post('/bridges'), { method: 'DELETE', path: `/bridges/${theirs.id}` }), refused(404));
  await assert.rejects(
    run(acme, post('/bridges', { tenantId: 'umbrella' })),
    refused(403, /"operations.0.body.tenantId"/),
  );
  await h.client.quotas.update({ tenantId: 'acme', body: { bridges: 3 } });
  const four = Array.from({ length: 4 }, () => post('/bridges'));
  await assert.rejects(run(acme, ...four), refused(403, /operation 3.*quota of bridges.*3 of 3/));
  assert.deepEqual(await acme.bridges.list(), []);
  // Of those who fill it at once, exactly as many get through as fit.
  const filling = await Promise.allSettled([four.slice(0, 2), four.slice(0, 2)].map((two) => run(acme, ...two)));
  assert.deepEqual(filling.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await acme.bridges.list()).length, 2);
  assert.equal((await h.client.quotas.get({ tenantId: 'acme' })).used.bridges, 2);
});

test('a list POSTed to a collection makes all or none, and the object that fails is named', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: {} });
  const before = await h.store.revision();
  const send = (body: unknown, type = 'application/json') =>
    h.fetch(`/bridges/${id}/ports`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });
  const bad = await send([{ vifId: 'a' }, { vlanId: 5000 }]);
  assert.equal(bad.status, 400);
  assert.match(await bad.text(), /"1\.vlanId"/);
  for (const wrong of [[], Array.from({ length: MOST_OBJECTS + 1 }, () => ({}))]) {
    assert.equal((await send(wrong)).status, 400);
  }
  assert.equal((await send([{}], 'text/plain')).status, 415);
  assert.equal(await h.store.revision(), before);
  const made = await send(
    Array.from({ length: 300 }, (_, n) => ({ vifId: `v${n}` })),
    'application/vnd.org.midonet.collection.Port-v3+json',
  );
  assert.equal(made.status, 201);
  assert.equal(made.headers.get('location'), `${h.controller.url}/bridges/${id}/ports`);
  const ports = (await made.json()) as { id: string; vifId: string }[];
  assert.deepEqual(
    ports.map(({ vifId }) => vifId),
    Array.from({ length: 300 }, (_, n) => `v${n}`),
  );
  assert.equal(await h.store.revision(), before + 1);
  assert.equal((await h.client.bridges.ports({ id })).length, 300);
});

test('batches that change the same object all take effect, one after the other', async () => {
  await using h = await startHarness();
  const { id } = await h.client.chains.create({ body: { name: 'c' } });
  const batches = Array.from({ length: 6 }, () =>
    run(h.client, ...Array.from({ length: 5 }, () => post(`/chains/${id}/rules`, { type: 'drop' }))),
  );
  await Promise.all(batches);
  const rules = await h.client.chains.rules({ id });
  assert.deepEqual(
    rules.map(({ position }) => position),
    Array.from({ length: 30 }, (_, n) => n + 1),
  );
});
