import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { WebSocket } from 'ws';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const limit = { timeout: 60_000 };
const nonsense = JSON.stringify({ op: 'subscribe', sub: 1, topic: { kind: 'collection', of: 'nonsense' } });

test('one that asks on and on and never reads is cut off', limit, async () => {
  await using h = await startHarness();
  const url = `${h.controller.url.replace('http', 'ws')}/watch`;
  const socket = new WebSocket(url, { headers: { 'x-auth-token': TOKEN } }).on('error', () => undefined);
  await once(socket, 'open');
  let closed = false;
  socket.once('close', () => (closed = true));
  socket.pause();
  for (let round = 0; !closed; round++) {
    assert.ok(round < 10_000, 'it is still served');
    for (let i = 0; i < 100; i++) socket.send(nonsense);
    await new Promise((resolve) => setImmediate(resolve));
    // Otherwise it never learns that it was cut off.
    if (socket.bufferedAmount > 8 << 20) socket.resume();
  }
  assert.deepEqual(await h.client.bridges.list(), []);
});

test('a stranger may say little, and hello but once', limit, async () => {
  await using h = await startHarness();
  const talker = await WatchClient.connect(h.controller.url, '');
  talker.socket.send('x'.repeat(100_000));
  assert.deepEqual((await once(talker.socket, 'close'))[0], 1009);
  const insistent = await WatchClient.connect(h.controller.url, '');
  for (let i = 0; i < 100; i++) insistent.send({ op: 'hello', protocol: 1, token: 'wrong' });
  assert.equal((await once(insistent.socket, 'close'))[0], 4401);
  const refused = insistent.seen.filter(({ op }) => op === 'refused');
  assert.ok(refused.some((message) => 'code' in message && message.code === 'unauthenticated'));
});

test('a tenant that floods a watch is refused, and an agent is not', limit, async () => {
  await using h = await startHarness({ limits: { requests: { burst: 20, perSecond: 0.01 } } });
  const body = { name: 'ann', password: 'long enough', role: 'member', tenantId: 'acme' } as const;
  await h.client.users.create({ body });
  const { token } = await h.client.apiTokens.create({ body: { user: 'ann' } });
  const watch = await WatchClient.connect(h.controller.url, token);
  await watch.hello();
  for (let i = 0; i < 100; i++) watch.send({ op: 'ping' });
  await watch.next('refused', ({ code }) => code === 'limited');
  const enrolment = await h.client.enrolments.create({ body: { name: 'hv' } });
  const hostId = '7c8a3f5e-0000-4000-8000-000000000001';
  const { credential } = await createClient({ baseUrl: h.controller.url }).enrol.create({
    body: { token: enrolment.token, hostId },
  });
  const agent = await WatchClient.connect(h.controller.url, credential);
  await agent.hello({ id: hostId, name: 'hv' });
  for (let i = 0; i < 100; i++) agent.send({ op: 'ping' });
  for (let i = 0; i < 100; i++) await agent.next('pong');
  for (const each of [watch, agent]) await each.close();
});
