import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient, bridgeToDto, baseOf, newBridge } from './index.ts';
import { parseId, type BridgeId } from '@midonet/topology';

const id = '00000000-0000-4000-8000-000000000001';
const bridge = newBridge({ name: 'b' }, () => parseId<BridgeId>(id) ?? assert.fail());
const dto = bridgeToDto(bridge, [], baseOf('http://x'));

type Seen = { url: string; method: string | undefined; headers: Headers; body: unknown };

function clientAnswering(status: number, body: unknown): { client: ReturnType<typeof createClient>; seen: Seen[] } {
  const seen: Seen[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = input instanceof URL ? input.href : '';
    seen.push({ url, method: init?.method, headers: new Headers(init?.headers), body: init?.body });
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  };
  return { client: createClient({ baseUrl: 'http://x:1/', token: 'T', fetch }), seen };
}

test('a method sends what its endpoint says and gives back the object', async () => {
  const { client, seen } = clientAnswering(201, dto);
  const made = await client.bridges.create({ body: { name: 'b' } });
  assert.equal(made.id, id);
  assert.equal(seen[0]?.url, 'http://x:1/midonet-api/bridges');
  assert.equal(seen[0].method, 'POST');
  assert.equal(seen[0].headers.get('x-auth-token'), 'T');
  assert.deepEqual(JSON.parse(String(seen[0].body)), { name: 'b' });
});

test('path parameters are encoded, filters go into the query, no body on GET', async () => {
  const { client, seen } = clientAnswering(200, []);
  await client.tunnelZoneHosts.list({ id: 'a/b' });
  await client.bridges.list({ query: { tenant_id: 't 1', name: undefined } });
  assert.equal(seen[0]?.url, 'http://x:1/midonet-api/tunnel_zones/a%2Fb/hosts');
  assert.equal(seen[0].body, undefined);
  assert.equal(seen[1]?.url, 'http://x:1/midonet-api/bridges?tenant_id=t+1');
});

test('deleting resolves with nothing', async () => {
  const { client } = clientAnswering(204, null);
  assert.equal(await client.bridges.remove({ id }), undefined);
});

test('what a message says already is not said again', async () => {
  const violations = [{ property: 'id', message: 'bridge 1 exists already' }];
  const { client } = clientAnswering(409, { message: 'id: bridge 1 exists already', code: 409, violations });
  await assert.rejects(client.bridges.list(), { message: 'id: bridge 1 exists already' });
});

test('a refusal carries status and violations', async () => {
  const violations = [{ property: 'name', message: 'is taken' }];
  const { client } = clientAnswering(409, { message: 'no', code: 409, violations });
  await assert.rejects(client.bridges.get({ id }), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 409);
    assert.equal(error.message, 'no: name is taken');
    return true;
  });
});

test('an answer of another shape is a protocol failure, no answer is unreachable', async () => {
  const { client } = clientAnswering(200, { nonsense: true });
  await assert.rejects(client.bridges.get({ id }), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    return error.failure.kind === 'protocol';
  });
  const dead = createClient({ baseUrl: 'http://x', fetch: () => Promise.reject(new Error('boom')) });
  await assert.rejects(dead.systemState.get(), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    return error.failure.kind === 'unreachable' && error.message.includes('boom');
  });
});

test('of several controllers the next is asked when one is away, but nothing is done twice', async () => {
  const asked: string[] = [];
  const gone = (code: string): TypeError =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  let code = 'ECONNREFUSED';
  const client = createClient({
    baseUrl: ['http://a', 'http://b'],
    fetch: (input) => {
      const { host } = new URL(input instanceof Request ? input.url : input);
      asked.push(host);
      return host === 'a' ? Promise.reject(gone(code)) : Promise.resolve(new Response('[]', { status: 200 }));
    },
  });
  assert.deepEqual(await client.bridges.list(), []);
  assert.deepEqual(await client.bridges.list(), []);
  assert.deepEqual(asked.splice(0), ['a', 'b', 'b'], 'the one that answered is asked first from then on');
  code = 'ECONNRESET';
  const other = createClient({
    baseUrl: ['http://a', 'http://b'],
    fetch: (input) => {
      asked.push(new URL(input instanceof Request ? input.url : input).host);
      return Promise.reject(gone(code));
    },
  });
  await assert.rejects(other.bridges.create({ body: {} }), /no answer/);
  assert.deepEqual(asked.splice(0), ['a'], 'it may have been done');
  code = 'ECONNREFUSED';
  await assert.rejects(other.bridges.create({ body: {} }), /no answer/);
  assert.deepEqual(asked, ['b', 'a']);
});

test('what is put off is asked again when it may be, within the patience of the client', async () => {
  const answers = [
    ['0', 429],
    ['0', 503],
    ['', 201],
    ['7', 429],
    ['', 429],
  ] as const;
  const seen: string[] = [];
  const fetch: typeof globalThis.fetch = (_, init) => {
    const [after, status] = answers[seen.length] ?? ['', 500];
    seen.push(init?.method ?? '');
    const headers: Record<string, string> = after === '' ? {} : { 'retry-after': after };
    const body = status === 201 ? dto : { code: status, message: 'later' };
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
  };
  const client = createClient({ baseUrl: 'http://x', fetch, patienceMs: 5000 });
  assert.equal((await client.bridges.create({ body: {} })).id, id);
  assert.equal(seen.length, 3);
  for (const retryAfter of [7, undefined]) {
    await assert.rejects(client.bridges.create({ body: {} }), (error) => {
      assert.ok(error instanceof ApiError && error.failure.kind === 'refused');
      return error.failure.retryAfter === retryAfter;
    });
  }
  assert.equal(seen.length, 5, 'longer than it waits, and nothing said');
});
