import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { WebSocket } from 'ws';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { Outbox, SendBudget } from './outbox.ts';

const limit = { timeout: 60_000 };

/** A socket that takes what is sent when it is told to. */
class SlowSocket extends EventEmitter {
  readonly OPEN = WebSocket.OPEN;
  readyState: number = WebSocket.OPEN;
  readonly #untold: (() => void)[] = [];

  send(_text: string, taken: () => void): void {
    this.#untold.push(taken);
  }

  take(): void {
    this.#untold.shift()?.();
  }
}

function outboxOn(budget: SendBudget, clock: ManualClock) {
  const socket = new SlowSocket();
  const seen = { taken: 0 };
  const onTaken = (): unknown => seen.taken++;
  // Of a WebSocket it uses no more than this.
  const outbox = new Outbox(socket as unknown as WebSocket, { limit: 1_000_000, budget, clock, onTaken });
  return { socket, outbox, seen };
}

test('what waits is bounded for each reader and for all, and is forgotten with its reader', () => {
  const clock = new ManualClock();
  const budget = new SendBudget(1_500_000);
  const [a, b] = [outboxOn(budget, clock), outboxOn(budget, clock)];
  a.outbox.items('x'.repeat(900_000));
  b.outbox.items('x'.repeat(100_000));
  assert.deepEqual([a.outbox.overLimit, b.outbox.overLimit, budget.waiting], [false, false, 1_000_000]);
  a.outbox.items('x'.repeat(600_000));
  assert.deepEqual([a.outbox.overLimit, b.outbox.overLimit], [true, true], 'its own limit, and that of all');
  clock.advance(5_000);
  assert.deepEqual([a.outbox.stalledMs, b.outbox.stalledMs], [5_000, 5_000]);
  b.socket.take();
  assert.deepEqual([b.outbox.overLimit, b.outbox.stalledMs, b.seen.taken], [false, 0, 1], 'nothing waits for it');
  a.socket.emit('close');
  a.socket.take();
  assert.deepEqual([budget.waiting, budget.exceeded, a.seen.taken], [0, false, 0]);
});

test('answers that are not read come to an end, and go on when they are', () => {
  const { socket, outbox } = outboxOn(new SendBudget(1 << 30), new ManualClock());
  let sent = 0;
  while (outbox.reply('x'.repeat(100_000))) sent++;
  assert.equal(sent, 11);
  socket.take();
  assert.ok(outbox.reply('x'));
});

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
