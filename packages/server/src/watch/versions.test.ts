import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { ClientMessage } from '@midonet/contract';
import { startHarness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const limit = { timeout: 60_000 };

test('the highest version in common is spoken; without one the refusal names both ranges', limit, async () => {
  await using h = await startHarness({ watch: { versions: { from: 2, to: 3 } } });
  const hellos: [Omit<Extract<ClientMessage, { op: 'hello' }>, 'op'>, number][] = [
    [{ protocol: 2 }, 2],
    [{ protocol: 1, upTo: 3 }, 3],
    [{ protocol: 3, upTo: 7 }, 3],
  ];
  for (const [hello, chosen] of hellos) {
    const client = await WatchClient.connect(h.controller.url);
    client.send({ op: 'hello', ...hello });
    assert.equal((await client.next('welcome')).protocol, chosen);
    await client.close();
  }
  for (const [hello, refusal] of [
    [{ protocol: 1 }, /speaks watch protocol 2 to 3, the client 1: upgrade the client$/],
    [{ protocol: 4, upTo: 5 }, /speaks watch protocol 2 to 3, the client 4 to 5: upgrade the controller$/],
  ] as const) {
    const client = await WatchClient.connect(h.controller.url);
    const closed = once(client.socket, 'close');
    client.send({ op: 'hello', ...hello });
    const { code, message } = await client.next('refused');
    assert.equal(code, 'protocol');
    assert.match(message, refusal);
    const [status] = (await closed) as [number];
    assert.equal(status, 4400);
  }
});
