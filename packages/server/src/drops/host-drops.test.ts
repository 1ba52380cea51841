import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const HOST = '99999999-9999-4999-8999-999999999999';
const PORT = '88888888-8888-4888-8888-888888888888';

test('drops that a host reports are explained, with who last changed the rule, and go with the host', async () => {
  await using h = await startHarness();
  const chain = await h.client.chains.create({ body: { name: 'c' } });
  const rule = await h.client.chains.createRule({ id: chain.id, body: { type: 'drop' } });
  const agent = await WatchClient.connect(h.controller.url);
  await agent.hello({ id: HOST, name: 'hv' });
  const byRule = { reason: 'chainDrop', port: PORT, byKind: 'rule', byId: rule.id, packets: 7 };
  const unbound = { reason: 'notBound', port: 'dp 3', byKind: 'port', byId: 'dp 3', packets: 9 };
  agent.send({ op: 'rows', id: 1, puts: [{ kind: 'hostDrops', hostId: HOST, drops: [byRule, unbound] }], deletes: [] });
  await agent.next('ack');

  const [first, second] = await h.client.drops.list();
  assert.deepEqual(first, {
    ...unbound,
    hostId: HOST,
    explanation: 'the interface is not bound to a virtual port',
    changed: null,
  });
  assert.equal(second?.explanation, 'a rule of a chain drops it');
  assert.equal(second.changed?.user, 'admin');
  assert.ok(!Number.isNaN(Date.parse(second.changed.at)));
  for (const query of [{ by_id: rule.id }, { port_id: PORT }, { reason: 'chainDrop' }]) {
    const found = await h.client.drops.list({ query: { host_id: HOST, ...query } });
    assert.deepEqual(
      found.map(({ packets }) => packets),
      [7],
    );
  }
  assert.deepEqual(await h.client.drops.list({ query: { host_id: PORT } }), []);

  agent.send({ op: 'bye' });
  await agent.close();
  for (let left = 1; left > 0;) left = (await h.client.drops.list()).length;
});
