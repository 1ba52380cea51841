import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { allEndpoints, patchables, takesMany } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { oneAfterTheOther, rawRequest } from '../testing/raw-http.ts';
import { runs } from '@midonet/packet/testing/runs';
import { WatchClient } from '../testing/watch-client.ts';
import { makeWorld, type World } from '../testing/world.ts';

/** What fuzz.test.ts leaves out: patches, lists of objects, batches, queries, headers, octets, frames. */
const AUTH = { 'x-auth-token': TOKEN };
const JSON_BODY = { 'content-type': 'application/json' };
const limit = { timeout: 180_000 };

const scalar = fc.oneof(
  fc.constantFrom(
    0,
    -1,
    1,
    65_536,
    2 ** 53,
    0.5,
    true,
    null,
    '',
    '\u0000',
    '__proto__',
    '10.0.0.1',
    '::1',
    'x'.repeat(300),
  ),
  fc.string({ maxLength: 8 }),
  fc.jsonValue({ maxDepth: 2 }),
);

function objectOf(shape: readonly string[]): fc.Arbitrary<unknown> {
  return fc.dictionary(fc.constantFrom(...shape, 'constructor', '__proto__'), scalar, { maxKeys: 6 });
}

function fieldsOf(request: unknown): string[] {
  const shape: unknown = typeof request === 'object' && request !== null ? Reflect.get(request, 'shape') : undefined;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

/** Header values as Node lets clients send them. */
const header = fc
  .array(fc.constantFrom('"', '*', 'W/', ',', ' ', 'a', ';', '=', 'q', '/', 'é', '0'), { maxLength: 12 })
  .map((parts) => parts.join('').trim());

async function answered(
  h: Harness,
  method: string,
  path: string,
  { headers = {}, body = '' }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<void> {
  const url = h.controller.url + path;
  const answer = await rawRequest(url, method, { ...AUTH, ...headers }, body, oneAfterTheOther);
  assert.ok(answer.status < 500, `${method} ${path} ${body.slice(0, 200)}: ${answer.status} ${answer.text}`);
}

/** Ids of things that are there, in whatever place. */
function pathsTo(world: World, template: string): fc.Arbitrary<string> {
  const parameters = [...template.matchAll(/\{\w+\}/g)].length;
  const value = fc.constantFrom(...Object.values(world), '0', 'x', '10.0.0.0_24', '%00', '..%2f..');
  return fc.array(value, { minLength: parameters, maxLength: parameters }).map((values) => {
    let next = 0;
    return template.replace(/\{\w+\}/g, () => values[next++] ?? 'x');
  });
}

test('random patches, with and without a tag that fits', limit, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  for (const { writing } of patchables()) {
    const { path, request } = writing.endpoint;
    const cases = fc.asyncProperty(pathsTo(world, path), objectOf(fieldsOf(request)), header, async (at, body, tag) => {
      const ifMatch: Record<string, string> = tag === '' ? { 'if-match': '*' } : { 'if-match': tag };
      const headers = { 'content-type': 'application/merge-patch+json', ...ifMatch };
      await answered(h, 'PATCH', at, { headers, body: JSON.stringify(body) });
    });
    await fc.assert(cases, { numRuns: runs(15, 3) });
  }
});

test('random lists of objects and random batches', limit, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  const endpoints = allEndpoints();
  for (const named of endpoints.filter(takesMany)) {
    const { path, request } = named.endpoint;
    const bodies = fc.array(objectOf(fieldsOf(request)), { maxLength: 4 });
    const cases = fc.asyncProperty(pathsTo(world, path), bodies, async (at, body) => {
      await answered(h, 'POST', at, { headers: JSON_BODY, body: JSON.stringify(body) });
    });
    await fc.assert(cases, { numRuns: runs(10, 2) });
  }
  const encoded = fc.array(fc.string(), { maxLength: 4 }).map((parts) => `/${parts.map(encodeURIComponent).join('/')}`);
  const anyPath = fc.oneof(encoded, fc.string());
  const operation = fc.constantFrom(...endpoints).chain(({ endpoint }) =>
    fc.record({
      method: fc.oneof(fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET'), fc.constant(endpoint.method)),
      path: fc.oneof(pathsTo(world, endpoint.path), anyPath),
      body: fc.oneof(objectOf(fieldsOf(endpoint.request)), scalar),
      ifMatch: fc.oneof(fc.constant(null), fc.constant('*'), header),
    }),
  );
  const operations = fc.oneof(fc.array(operation, { maxLength: 5 }), scalar);
  const batches = fc.asyncProperty(operations, async (some) => {
    await answered(h, 'POST', '/batch', { headers: JSON_BODY, body: JSON.stringify({ operations: some }) });
  });
  await fc.assert(batches, { numRuns: runs(300, 60) });
});

test('random queries of every list', limit, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  const words = ['limit', 'marker', 'sort', 'at', 'name', 'tenantId', 'before', 'since', 'object', '__proto__'];
  const query = fc.array(
    fc.tuple(fc.constantFrom(...words), fc.oneof(fc.string(), fc.constantFrom('-1', '1e9', '2026-01-01'))),
    {
      maxLength: 4,
    },
  );
  for (const { endpoint } of allEndpoints().filter(({ endpoint: { method } }) => method === 'GET')) {
    const cases = fc.asyncProperty(pathsTo(world, endpoint.path), query, async (at, some) => {
      await answered(h, 'GET', `${at}?${new URLSearchParams(some).toString()}`);
    });
    await fc.assert(cases, { numRuns: runs(10, 2) });
  }
});

test('random headers, and octets that are nearly JSON', limit, async () => {
  await using h = await startHarness();
  const good = Buffer.from(JSON.stringify({ name: 'bridge', adminStateUp: true, inboundFilterId: null }));
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const names = fc.constantFrom(
    'accept',
    'content-type',
    'if-match',
    'if-none-match',
    'authorization',
    'cookie',
    'x-auth-project',
  );
  const headers = fc.dictionary(names, header, { maxKeys: 3 });
  const cases = fc.asyncProperty(
    damage,
    headers,
    fc.constantFrom('/bridges', '/login', '/enrol', '/batch'),
    async (some, sent, path) => {
      const octets = Buffer.from(good);
      for (const [at, value] of some) octets[at] = value;
      const kept = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, encodeURI(value)]));
      const answer = await fetch(h.controller.url + path, {
        method: 'POST',
        headers: { ...AUTH, ...kept },
        body: octets,
      });
      assert.ok(answer.status < 500, `${answer.status} ${await answer.text()}`);
      await answer.body?.cancel().catch(() => undefined);
    },
  );
  await fc.assert(cases, { numRuns: runs(300, 60) });
});

test('random frames into a watch: it answers, or closes, and goes on for others', limit, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  const ops = [
    'hello',
    'subscribe',
    'unsubscribe',
    'rows',
    'natLease',
    'natRenew',
    'natRelease',
    'bye',
    'ping',
    'nonsense',
  ];
  const kinds = ['host', 'bridge', 'macTable', 'router', 'port', 'chain', 'collection', 'mirror', '__proto__'];
  const id = fc.constantFrom(...Object.values(world), 'x', '');
  const frame = fc.oneof(
    fc.record(
      {
        op: fc.constantFrom(...ops),
        sub: fc.oneof(fc.nat(3), scalar),
        id: fc.oneof(fc.nat(3), scalar),
        topic: fc.record({ kind: fc.constantFrom(...kinds), id, of: fc.constantFrom('bridge', 'port', 'x') }),
        since: fc.oneof(fc.nat(50), scalar),
        puts: fc.array(fc.oneof(objectOf(['kind', 'hostId', 'bridgeId', 'mac', 'portId', 'vlan']), scalar), {
          maxLength: 3,
        }),
        deletes: fc.array(fc.oneof(fc.constantFrom('hostAlive/x', 'learnedMac/', 'bridge/x'), fc.string()), {
          maxLength: 3,
        }),
        deviceId: id,
        address: fc.constantFrom('203.0.113.1', '::1', 'x'),
        count: fc.integer({ min: -1, max: 2000 }),
        from: fc.integer({ min: -1, max: 70_000 }),
        blocks: fc.array(objectOf(['deviceId', 'address', 'block', 'generation']), { maxLength: 3 }),
        protocol: fc.constantFrom(1, 2, 'x'),
      },
      { requiredKeys: ['op'] },
    ),
    scalar,
  );
  const cases = fc.asyncProperty(fc.array(frame, { maxLength: 8 }), fc.boolean(), async (frames, asHost) => {
    const watch = await WatchClient.connect(h.controller.url);
    await watch.hello(asHost ? { id: world.host, name: 'hv' } : undefined);
    const closed = once(watch.socket, 'close');
    for (const one of frames) watch.socket.send(JSON.stringify(one));
    watch.send({ op: 'ping' });
    await Promise.race([watch.next('pong'), closed]);
    assert.ok(!watch.seen.some((message) => message.op === 'refused' && message.code === 'internal'));
    watch.socket.close();
    await closed;
  });
  await fc.assert(cases, { numRuns: runs(150, 30) });
  const judge = await WatchClient.connect(h.controller.url);
  await judge.hello();
  judge.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: world.bridge } });
  assert.ok((await judge.next('snapshot')).items.length > 0);
  await judge.close();
});
