import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { BATCH_BYTES } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';

const limit = { timeout: 120_000 };
const LONG = 2 << 20;

/** A batch whose body is said to be so long; nothing of it is sent yet. */
function announce(h: Harness, token: string, bytes: number): ClientRequest {
  const call = request(`${h.controller.url}/batch`, {
    method: 'POST',
    headers: { 'x-auth-token': token, 'content-type': 'application/json', 'content-length': String(bytes) },
  });
  call.on('error', () => undefined); // some are given up
  call.flushHeaders();
  return call;
}

async function answerOf(
  call: ClientRequest,
): Promise<{ readonly status: number; readonly retry: string; said: string }> {
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const { statusCode = 0, headers } = response;
  return { status: statusCode, retry: headers['retry-after'] ?? '', said: await text(response) };
}

function batchOf(bytes: number): string {
  const one = { method: 'POST', path: '/bridges', body: { name: 'long' } };
  return JSON.stringify({ operations: [one] }).padEnd(bytes);
}

async function tokenOf(h: Harness, name: string): Promise<string> {
  await h.client.users.create({ body: { name, password: 'long enough', role: 'member', tenantId: name } });
  return (await h.client.apiTokens.create({ body: { user: name } })).token;
}

/** Looks for it until the controller has seen what was announced. */
async function until(h: Harness, token: string, wanted: number): ReturnType<typeof answerOf> {
  for (;;) {
    const call = announce(h, token, LONG);
    call.end(batchOf(LONG));
    const answer = await answerOf(call);
    if (answer.status === wanted) return answer;
  }
}

test('a batch may be longer than other bodies, one of a caller at a time and few of all', limit, async () => {
  await using h = await startHarness();
  const [ann, bob] = [await tokenOf(h, 'ann'), await tokenOf(h, 'bob')];
  const most = announce(h, ann, BATCH_BYTES);
  most.end(batchOf(BATCH_BYTES));
  assert.equal((await answerOf(most)).status, 200);
  const more = announce(h, ann, BATCH_BYTES + 1);
  more.end();
  assert.equal((await answerOf(more)).status, 413);

  // One that comes slowly.
  const slow = announce(h, ann, LONG);
  const second = await until(h, ann, 429);
  assert.equal(second.retry, '1');
  assert.match(second.said, /another long request is under way/);
  const brief = announce(h, ann, batchOf(0).length);
  brief.end(batchOf(0));
  assert.equal((await answerOf(brief)).status, 200, 'what is short has nothing to do with it');
  const others = announce(h, bob, LONG);
  others.end(batchOf(LONG));
  assert.equal((await answerOf(others)).status, 200);
  slow.end(batchOf(LONG));
  assert.equal((await answerOf(slow)).status, 200);
  await until(h, ann, 200);

  const many = [];
  for (let n = 0; n < 8; n++) many.push(announce(h, await tokenOf(h, `slow-${n}`), LONG));
  const refused = await until(h, bob, 503);
  assert.match(refused.said, /too many long requests at once/);
  for (const call of many) call.destroy();
  await until(h, bob, 200);
});

test('nobody without a credential sends a long body', limit, async () => {
  await using h = await startHarness();
  const stranger = announce(h, 'wrong', LONG);
  assert.equal((await answerOf(stranger)).status, 401);
  stranger.destroy();
});
