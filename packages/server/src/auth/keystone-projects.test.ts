import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Metrics } from '../metrics.ts';
import { KeystoneProjects } from './keystone-projects.ts';

/** Every token may know of as many projects as its length says. */
async function keystone() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const token = String(request.headers['x-auth-token']);
    asked.push(token);
    const projects = Array.from(token, (_, i) => ({ id: `${token}-${i}`, name: `project ${i}` }));
    response.end(JSON.stringify({ projects }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    asked,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('the names in all answers that are kept are bounded: the oldest answers go first', async () => {
  await using stand = await keystone();
  const modules = { clock: new ManualClock(), metrics: new Metrics(), logger: pino({ level: 'silent' }) };
  const projects = new KeystoneProjects(stand, modules, 10);
  for (const token of ['aaaa', 'bbbb', 'aaaa', 'bbbb']) assert.equal((await projects.of(token)).size, 4);
  assert.deepEqual(stand.asked, ['aaaa', 'bbbb'], 'eight names are kept');
  await projects.of('cccc');
  await projects.of('cccc');
  await projects.of('bbbb');
  assert.deepEqual(stand.asked.slice(2), ['cccc'], 'eight of twelve are');
  await projects.of('aaaa');
  assert.deepEqual(stand.asked.slice(3), ['aaaa']);
  assert.equal((await projects.of('d'.repeat(20))).size, 20);
  await projects.of('cccc');
  assert.deepEqual(stand.asked.slice(4), ['d'.repeat(20), 'cccc'], 'one that is too large alone leaves no room');
});
