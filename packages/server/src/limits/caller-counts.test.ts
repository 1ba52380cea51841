import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../access/identity.ts';
import { CallerCounts, callerOf, connectorOf } from './caller-counts.ts';

test('each caller has its own count, and none is kept of whoever has nothing', () => {
  const counts = new CallerCounts(2);
  assert.deepEqual([counts.add('a'), counts.add('a'), counts.add('a'), counts.add('b')], [true, true, false, true]);
  counts.remove('a');
  assert.ok(counts.add('a'));
  counts.remove('a', 2);
  counts.remove('b');
  counts.remove('b');
  assert.equal(counts.size, 0);
  for (let i = 0; i < 10; i++) assert.ok(counts.add(undefined), 'without a name there is no limit');
});

test('callers are told apart by token, then by user; the controller’s own token is none', () => {
  const member = { role: 'member', user: 'ann', tenantId: 't' } as const;
  const token: Identity = { ...member, credential: { kind: 'token', id: '17', keys: [] } };
  const session: Identity = { ...member, credential: { kind: 'session', keys: [] } };
  const root: Identity = { role: 'admin', user: 'admin', credential: { kind: 'root', keys: [] } };
  const admin: Identity = { role: 'admin', user: 'eve', credential: { kind: 'session', keys: [] } };
  assert.deepEqual([token, session, root, admin].map(callerOf), ['17', 'user ann', undefined, 'user eve']);
  assert.deepEqual([token, session, root, admin].map(connectorOf), ['17', 'user ann', undefined, undefined]);
});
