import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { pino } from 'pino';
import { startHarness } from '../../testing/harness.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { makeWorld } from '../../testing/world.ts';
import { Metrics } from '../metrics.ts';
import { AuditTrail } from './audit-trail.ts';

test('every write leaves a record of who, what, when and from where', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  await client.users.create({ body: { name: 'ann', password: 'long enough', role: 'tenant-admin', tenantId: 'acme' } });
  const token = await client.apiTokens.create({ body: { user: 'ann' } });
  const headers = { 'x-auth-token': token.token, 'content-type': 'application/json' };
  const answer = await h.fetch('/bridges', { method: 'POST', headers, body: '{"name":"red"}' });
  const id = (answer.headers.get('location') ?? '').split('/').at(-1) ?? '';
  const records = await client.audit.list({ query: { object: id } });
  assert.equal(records.length, 1);
  const { user, token: used, from, request, tenantId, changes, more } = records[0] ?? assert.fail();
  assert.deepEqual([user, used, from, tenantId, more], ['ann', token.id, '127.0.0.1', 'acme', 0]);
  assert.equal(request, answer.headers.get('x-request-id'));
  assert.deepEqual(changes, [{ op: 'create', object: `bridge/${id}` }]);

  const ann = createClient({ baseUrl: h.controller.url, token: token.token });
  await ann.bridges.createPort({ id, body: {} });
  await ann.bridges.remove({ id });
  const [last] = (await client.audit.list({ query: { user: 'ann', limit: '1' } })) as [(typeof records)[number]];
  assert.deepEqual(last.changes.map(({ op, object }) => [op, object.split('/')[0]]).sort(), [
    ['delete', 'bridge'],
    ['delete', 'dhcp6Host'],
    ['delete', 'dhcp6Subnet'],
    ['delete', 'dhcpHost'],
    ['delete', 'dhcpSubnet'],
    ['delete', 'port'],
    ['delete', 'staticArp'],
    ['delete', 'staticMac'],
  ]);

  await makeWorld(client, 'umbrella');
  const theirs = await ann.audit.list();
  assert.ok(theirs.length >= 3 && theirs.every((record) => record.tenantId === 'acme'), 'her own tenant only');
  const all = JSON.stringify(await client.audit.list({ query: { limit: '10000' } }));
  for (const secret of [token.token, 'long enough', 'scrypt']) assert.ok(!all.includes(secret), 'no secrets');
  await assert.rejects(client.audit.list({ query: { since: 'yesterday' } }), /since must be a time/);
  assert.deepEqual(await client.audit.list({ query: { since: '2999-01-01T00:00:00Z' } }), []);
});

test('a refused write leaves none', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  await assert.rejects(
    h.client.ports.link({
      id: '11111111-1111-4111-8111-111111111111',
      body: { peerId: '11111111-1111-4111-8111-111111111112' },
    }),
  );
  assert.deepEqual(await h.client.audit.list(), []);
});

test('the oldest records go when they are too many, and all when too old', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  for (let i = 0; i < 8; i++) await h.client.bridges.create({ body: { name: `b${i}` } });
  const clock = new ManualClock();
  const modules = { store: h.store, clock, metrics: new Metrics(), logger: pino({ level: 'silent' }) };
  const kept = await h.client.audit.list();
  assert.equal(await new AuditTrail({ records: 5, ms: 1e15 }, modules).prune(), 3);
  assert.deepEqual(await h.client.audit.list(), kept.slice(3));
  clock.advance(Date.now() + 60_000 - clock.now());
  assert.equal(await new AuditTrail({ records: 5, ms: 3600_000 }, modules).prune(), 0);
  assert.equal(await new AuditTrail({ records: 5, ms: 1 }, modules).prune(), 5);
  assert.equal((await h.client.bridges.list()).length, 8);
});
