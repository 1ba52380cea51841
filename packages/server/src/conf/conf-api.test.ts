import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ApiError, createClient } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../../testing/harness.ts';
import { rawRequest } from '../../testing/raw-http.ts';

const TEXT = { 'x-auth-token': TOKEN, 'content-type': 'text/plain' };

type Answer = { readonly status: number; readonly text: string; readonly headers: Record<string, unknown> };

async function ask(h: Harness, method: string, path: string, body?: string, headers = {}): Promise<Answer> {
  const got = await rawRequest(`${h.controller.url}/conf/${path}`, method, { ...TEXT, ...headers }, body ?? '');
  return { ...got, status: got.status, headers: got.headers };
}

test("on the wire: HOCON goes in, JSON comes out, as MidoNet's servlets had it", { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const id = randomUUID();
  const set = await ask(
    h,
    'POST',
    `nodes/${id}`,
    'foo.bar : 100ms\nanother.option : "string value"\nand.yet.another : 42',
  );
  assert.equal(set.status, 200);
  const tree = { foo: { bar: '100ms' }, another: { option: 'string value' }, and: { yet: { another: 42 } } };
  assert.deepEqual(JSON.parse(set.text), tree);
  const got = await ask(h, 'GET', `nodes/${id}`);
  assert.deepEqual(JSON.parse(got.text), tree);
  assert.equal(got.headers['content-type'], 'text/plain; charset=utf-8');
  assert.match(String(got.headers['cache-control']), /no-store/);
  assert.match(String(got.headers['etag']), /^"/);
  // What was there stays; null takes one away, and what is empty by that.
  const more = await ask(h, 'POST', `nodes/${id}`, 'foo { baz : [1, 2] }, and.yet.another : null');
  assert.deepEqual(JSON.parse(more.text), { foo: { bar: '100ms', baz: [1, 2] }, another: { option: 'string value' } });
  assert.equal((await ask(h, 'DELETE', `nodes/${id}`)).status, 200);
  assert.deepEqual(JSON.parse((await ask(h, 'GET', `nodes/${id}`)).text), {});
  assert.equal((await ask(h, 'DELETE', `nodes/${id}`)).status, 200);
  const schema = JSON.parse((await ask(h, 'GET', 'schemas')).text) as { agent: Record<string, unknown> };
  assert.equal(schema.agent['schemaVersion'], 1);
  assert.equal((schema.agent['loggers'] as Record<string, unknown>)['root_type'], 'enum[DEBUG, INFO, WARN, ERROR]');
  // An agent that is mapped to a template that does not exist yet follows it when it comes.
  assert.equal((await ask(h, 'POST', `template-mappings/${id}`, `${id} : the_template`)).status, 200);
  await ask(h, 'POST', 'templates/the_template', 'the.name : "seven"');
  const runtime = JSON.parse((await ask(h, 'GET', `runtime/${id}`)).text) as Record<string, unknown>;
  assert.deepEqual(runtime['the'], { name: 'seven' });
});

test('what is wrong is refused, with the place or the name', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const id = randomUUID();
  const refused: readonly (readonly [method: string, path: string, body: string, status: number, why: RegExp])[] = [
    ['POST', `nodes/${id}`, 'a = ', 400, /line 1, column 5: expected a value/],
    ['POST', `nodes/${id}`, 'include "x"', 400, /include is not possible/],
    [
      'POST',
      `nodes/${id}`,
      'agent.loggers.root : LOUD',
      400,
      /agent\.loggers\.root.*must be one of DEBUG, INFO, WARN, ERROR/,
    ],
    ['POST', 'templates/default', 'agent.loggers : LOUD', 400, /agent\.loggers.*has settings below it/],
    ['POST', `nodes/${id}`, 'kind : decodeFailure', 400, /cannot have this value/],
    ['POST', `nodes/${id}`, `a : "${'x'.repeat(70_000)}"`, 400, /65536 at most/],
    ['POST', 'nodes/none', 'a = 1', 400, /none.* is not a UUID/],
    ['GET', 'runtime/none', '', 400, /none.* is not a UUID/],
    ['POST', 'templates/no%20name', 'a = 1', 400, /must be the name of a template/],
    ['POST', `template-mappings/${id}`, 'other : x', 400, /must be the name of a template/],
    ['POST', `template-mappings/${id}`, `${id} : "no name"`, 400, /must be the name of a template/],
    ['POST', 'schemas', 'a = 1', 405, /GET is/],
    ['DELETE', 'schemas', '', 405, /GET is/],
    ['POST', `runtime/${id}`, 'a = 1', 405, /GET is/],
    ['POST', 'template-mappings', 'a = 1', 405, /GET is/],
  ];
  for (const [method, path, body, status, why] of refused) {
    const got = await ask(h, method, path, body);
    assert.equal(got.status, status, `${method} ${path}: ${got.text}`);
    assert.match(got.text, why);
  }
  assert.equal((await ask(h, 'POST', `nodes/${id}`, 'a = 1', { 'content-type': 'text/html' })).status, 415);
  assert.equal((await ask(h, 'GET', `nodes/${id}`, '', { accept: 'text/html' })).status, 406);
  assert.equal(
    (await ask(h, 'GET', `nodes/${id}`, '', { accept: 'application/json' })).headers['content-type'],
    'application/json',
  );
  assert.equal((await ask(h, 'POST', `nodes/${id}`, 'a = 1', { 'x-auth-token': 'nobody' })).status, 401);
});

test(
  'a document is changed only while it is as it was seen, and by one after the other',
  { timeout: 60_000 },
  async () => {
    await using h = await startHarness();
    const seen = await ask(h, 'POST', 'templates/edge', 'a : 1');
    const etag = String((await ask(h, 'GET', 'templates/edge')).headers['etag']);
    assert.equal((await ask(h, 'POST', 'templates/edge', 'b : 1', { 'if-match': etag })).status, 200, seen.text);
    assert.equal((await ask(h, 'POST', 'templates/edge', 'c : 1', { 'if-match': etag })).status, 412);
    const many = Array.from({ length: 8 }, (_, n) => ask(h, 'POST', 'templates/shared', `n${n} : ${n}`));
    const done = (await Promise.all(many)).filter(({ status }) => status === 200).length;
    const kept = JSON.parse((await ask(h, 'GET', 'templates/shared')).text) as object;
    assert.equal(Object.keys(kept).length, done, 'what was said to be kept is there');
    assert.ok(done > 0);
  },
);

test(
  'changes are in the audit trail and in the history, can be put back, asked for as of then, and batched',
  { timeout: 60_000 },
  async () => {
    await using h = await startHarness();
    const { client } = h;
    await client.confTemplates.merge({ name: 'default', body: 'agent.loggers.root : WARN' });
    const then = String(await h.store.revision());
    await client.confTemplates.merge({ name: 'default', body: 'agent.loggers.root : DEBUG' });
    const trail = await client.audit.list();
    assert.deepEqual(trail.at(-1)?.changes, [{ op: 'update', object: 'confTemplate/default' }]);
    const [change] = await client.history.list({ query: { object: 'confTemplate/default' } });
    assert.deepEqual(change?.fields, [{ field: 'values.agent.loggers.root', before: 'WARN', after: 'DEBUG' }]);
    const past = await ask(h, 'GET', `templates/default?at=${then}`);
    assert.match(past.text, /WARN/);
    await client.restore.run({ body: { object: 'confTemplate/default', at: then } });
    assert.match(await client.confTemplates.get({ name: 'default' }), /WARN/);
    const operations = [
      { method: 'DELETE', path: '/conf/templates/default' },
      { method: 'POST', path: '/conf/templates/default', body: 'agent.loggers.root : ERROR' },
    ] as const;
    const { results } = await client.batch.run({ body: { operations: [...operations] } });
    assert.deepEqual(
      results.map(({ status }) => status),
      [200, 200],
    );
    assert.match(await client.confTemplates.get({ name: 'default' }), /ERROR/);
  },
);

test('templates are bounded, and only the provider sees any of it', { timeout: 120_000 }, async () => {
  await using h = await startHarness({ limits: { requests: { burst: 1e6, perSecond: 1e6 } } });
  const { client } = h;
  for (let n = 0; n < 256; n++) await client.confTemplates.merge({ name: `t${n}`, body: '' });
  await assert.rejects(client.confTemplates.merge({ name: 'more', body: '' }), /256 templates/);
  await client.users.create({ body: { name: 'ann', password: 'long enough', role: 'tenant-admin', tenantId: 'acme' } });
  const { token } = await client.apiTokens.create({ body: { user: 'ann' } });
  const ann = createClient({ baseUrl: h.controller.url, token });
  for (const asked of [ann.confSchemas.get(), ann.confTemplates.list(), ann.confNodes.list()]) {
    await assert.rejects(asked, (error: unknown) => error instanceof ApiError && error.status === 403);
  }
});
