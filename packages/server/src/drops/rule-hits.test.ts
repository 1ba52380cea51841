import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const HOSTS = ['99999999-9999-4999-8999-999999999991', '99999999-9999-4999-8999-999999999992'];

test("what rules applied to is summed over hosts, in a chain's order, and goes with the hosts", async () => {
  await using h = await startHarness();
  const chain = await h.client.chains.create({ body: { name: 'c' } });
  const other = await h.client.chains.create({ body: { name: 'other' } });
  const last = await h.client.chains.createRule({ id: chain.id, body: { type: 'drop' } });
  const idle = await h.client.chains.createRule({ id: chain.id, body: { type: 'return' } });
  const first = await h.client.chains.createRule({ id: chain.id, body: { type: 'accept' } });
  const agents: WatchClient[] = [];
  for (const [i, hostId] of HOSTS.entries()) {
    const agent = await WatchClient.connect(h.controller.url);
    agents.push(agent);
    await agent.hello({ id: hostId, name: `hv${i}` });
    const hits = [
      { ruleId: last.id, packets: 10 + i, bytes: 1000 },
      ...(i === 0 ? [{ ruleId: first.id, packets: 2, bytes: 99 }] : []),
    ];
    const meters = [{ tenantId: i === 0 ? 'acme' : '', name: 'web', packets: 5, bytes: 50 }];
    const both = [...meters, { tenantId: 'acme', name: 'all', packets: 1 + i, bytes: 10 }];
    agent.send({ op: 'rows', id: 1, puts: [{ kind: 'hostRuleHits', hostId, hits, meters: both }], deletes: [] });
    await agent.next('ack');
  }
  assert.deepEqual(await h.client.chains.ruleHits({ id: chain.id }), [
    { ruleId: first.id, packets: 2, bytes: 99, hosts: 1 },
    { ruleId: last.id, packets: 21, bytes: 2000, hosts: 2 },
  ]);
  assert.deepEqual(await h.client.meters.list(), [
    { tenantId: '', name: 'web', packets: 5, bytes: 50, hosts: 1 },
    { tenantId: 'acme', name: 'all', packets: 3, bytes: 20, hosts: 2 },
    { tenantId: 'acme', name: 'web', packets: 5, bytes: 50, hosts: 1 },
  ]);
  const web = await h.client.meters.list({ query: { tenant_id: 'acme', name: 'web' } });
  assert.deepEqual(
    web.map(({ packets }) => packets),
    [5],
  );
  await h.client.rules.remove({ id: idle.id });
  assert.deepEqual(await h.client.chains.ruleHits({ id: other.id }), []);
  for (const agent of agents) {
    agent.send({ op: 'bye' });
    await agent.close();
  }
  for (let left = 1; left > 0;) left = (await h.client.chains.ruleHits({ id: chain.id })).length;
});
