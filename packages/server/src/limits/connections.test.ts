import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { openMemoryStore } from '@midonet/store/memory';
import { WebSocket } from 'ws';
import { startHarness, TOKEN, type Harness } from '../../testing/harness.ts';
import { rawRequest } from '../../testing/raw-http.ts';

const limit = { timeout: 60_000 };

/** A connection as a hostile client has it: bytes, and what came back until it was closed. */
class Wire {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  text = '';

  constructor(h: Harness) {
    const { host, port } = h.controller.address;
    this.socket = connect(port, host);
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** Sends this, then an octet of it again and again. */
  drip(text: string, octet: string): void {
    this.socket.write(text);
    const timer = setInterval(() => this.socket.write(octet), 20);
    this.socket.once('close', () => clearInterval(timer));
  }
}

const HEAD = 'HTTP/1.1\r\nhost: x\r\n';
const AUTH = `x-auth-token: ${TOKEN}\r\n`;

test('headers and bodies that come an octet at a time are cut off with 408', limit, async () => {
  await using h = await startHarness({ times: { headers: 500, request: 1000 } });
  const slowHead = new Wire(h);
  slowHead.drip(`GET /midonet-api/bridges ${HEAD}x-slow: `, 'a');
  const slowBody = new Wire(h);
  slowBody.drip(
    `POST /midonet-api/bridges ${HEAD}${AUTH}content-type: application/json\r\ncontent-length: 100000\r\n\r\n{"name":"`,
    'a',
  );
  await Promise.all([slowHead.closed, slowBody.closed]);
  assert.match(slowHead.text, /^HTTP\/1\.1 408 /);
  assert.match(slowBody.text, /^HTTP\/1\.1 408 /);
  assert.deepEqual(await h.client.bridges.list(), []);
});

test('whoever takes nothing of an answer is cut off', limit, async () => {
  const store = openMemoryStore();
  await using maker = await startHarness({ store });
  const body = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}-${'x'.repeat(200)}` }));
  const headers = { 'content-type': 'application/json' };
  const made = await maker.fetch('/bridges', { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(made.status, 201);
  await using h = await startHarness({ store, times: { silent: 1000 } });
  const wire = new Wire(h);
  wire.socket.pause();
  // More than the kernel holds for both sides, asked for at once.
  wire.drip(`GET /midonet-api/bridges ${HEAD}${AUTH}\r\n`.repeat(64), 'G');
  await wire.closed;
  assert.ok(wire.text.length < 64 * 500_000);
});

test('a stranger gets 401 before its body is read, whatever it has for a body', limit, async () => {
  await using h = await startHarness();
  const wire = new Wire(h);
  wire.socket.write(`POST /midonet-api/bridges ${HEAD}content-length: 1000000\r\n\r\n`);
  while (!wire.text.includes('\r\n\r\n')) await once(wire.socket, 'data');
  assert.match(wire.text, /^HTTP\/1\.1 401 /);
  wire.socket.destroy();
  const login = await fetch(`${h.controller.url}/login`, { method: 'POST', body: 'x'.repeat(20_000) });
  assert.equal(login.status, 413);
});

test('strangers have few places and the oldest makes room, so others are served', limit, async () => {
  await using h = await startHarness({ connections: { strangersOfAddress: 8 } });
  const strangers = Array.from({ length: 40 }, () => new Wire(h));
  for (const wire of strangers) wire.drip(`GET /midonet-api/bridges ${HEAD}x-slow: `, 'a');
  // 32 of them are closed while their head is still on its way.
  await Promise.all(strangers.slice(0, 32).map(({ closed }) => closed));
  assert.deepEqual(await h.client.bridges.list(), []);
  const open = strangers.filter(({ socket }) => !socket.destroyed);
  assert.ok(open.length <= 8, `${open.length} strangers are left`);
  for (const { socket } of open) socket.destroy();
});

async function member(h: Harness): Promise<string> {
  await h.client.users.create({
    body: { name: 'ann', password: 'long enough', role: 'member', tenantId: 'acme' },
  });
  return (await h.client.apiTokens.create({ body: { user: 'ann' } })).token;
}

test('one caller has so many connections and requests under way, then 429; others go on', limit, async () => {
  await using h = await startHarness({ connections: { ofCaller: 3 }, limits: { underWay: 2 } });
  const token = await member(h);
  const url = `${h.controller.url.replace('http', 'ws')}/watch`;
  const headers = { 'x-auth-token': token };
  const watches = [1, 2, 3].map(() => new WebSocket(url, { headers }));
  await Promise.all(watches.map((watch) => once(watch, 'open')));
  const fourth = new WebSocket(url, { headers }).on('error', () => undefined);
  const [, refusal] = (await once(fourth, 'unexpected-response')) as [unknown, { statusCode: number }];
  assert.equal(refusal.statusCode, 429);
  const ask = () => rawRequest(`${h.controller.url}/bridges`, 'GET', headers);
  const refused = await ask();
  assert.deepEqual([refused.status, refused.headers['connection']], [429, 'close']);
  assert.deepEqual(await h.client.bridges.list(), []);
  for (const watch of watches) watch.terminate();
  await Promise.all(watches.map((watch) => once(watch, 'close')));
  // The server hears of it a moment later.
  let answer = await ask();
  while (answer.status === 429) answer = await ask();
  assert.equal(answer.status, 200);
  const wire = new Wire(h);
  const request = (close: string) => `GET /midonet-api/bridges ${HEAD}x-auth-token: ${token}\r\n${close}\r\n`;
  wire.socket.write(request('').repeat(5) + request('connection: close\r\n'));
  await wire.closed;
  const statuses = [...wire.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.equal(statuses.length, 6);
  assert.ok(statuses.includes('429') && statuses.includes('200'), statuses.join(' '));
  await createClient({ baseUrl: h.controller.url, token }).bridges.list();
});
