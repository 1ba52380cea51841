import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startHarness } from '../testing/harness.ts';

test('a controller stops though somebody never finishes asking', { timeout: 60_000 }, async () => {
  const { controller, client } = await startHarness();
  const { hostname, port } = new URL(controller.url);
  const silent = connect(Number(port), hostname);
  silent.on('error', () => silent.destroy());
  await once(silent, 'connect');
  const ended = once(silent, 'close');
  silent.resume();
  silent.write('GET /healthz HTTP/1.1\r\n');
  await client.systemState.get().catch(() => undefined);
  await controller.close();
  await ended;
  assert.ok(silent.destroyed);
});
