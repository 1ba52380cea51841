import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startHarness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

type Items = readonly { readonly key: string; readonly value: unknown }[];
const keys = (items: Items): string[] => items.map(({ key }) => key).sort();

test(
  "a host's agent is told its own settings and its templates', and of no other host",
  { timeout: 60_000 },
  async () => {
    await using h = await startHarness();
    const { client } = h;
    const [id, other] = [randomUUID(), randomUUID()];
    const { token } = await client.enrolments.create({ body: { name: 'hv' } });
    const { credential } = await client.enrol.create({ body: { token, hostId: id } });
    await client.confTemplates.merge({ name: 'default', body: 'a : 1' });
    await client.confTemplates.merge({ name: 'edge', body: 'b : 1' });
    await client.confTemplates.merge({ name: 'core', body: 'c : 1' });
    await client.confNodes.merge({ id: other, body: 'd : 1' });
    await client.confTemplateMappings.merge({ id, body: `${id} : edge` });
    const watch = await WatchClient.connect(h.controller.url, credential);
    await watch.hello({ id, name: 'hv' });
    watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'conf', id } });
    const { items } = await watch.next('snapshot');
    assert.deepEqual(keys(items), [`confMapping/${id}`, 'confTemplate/default', 'confTemplate/edge']);
    const told = async (key: string): Promise<unknown> => {
      const { changes } = await watch.next('delta', (delta) => delta.changes.some((one) => one.key === key));
      return changes.find((one) => one.key === key)?.value;
    };
    await client.confNodes.merge({ id, body: 'e : 1' });
    assert.deepEqual(await told(`confNode/${id}`), { kind: 'confNode', hostId: id, values: { e: 1 } });
    // The other template comes with the mapping, and the first one goes.
    await client.confTemplateMappings.merge({ id, body: `${id} : core` });
    const { changes } = await watch.next('delta', (delta) =>
      delta.changes.some(({ key }) => key === 'confTemplate/core'),
    );
    assert.ok(
      changes.some(({ key, value }) => key === 'confTemplate/edge' && value === null),
      JSON.stringify(changes),
    );
    watch.send({ op: 'subscribe', sub: 2, topic: { kind: 'conf', id: other } });
    assert.match((await watch.next('refused')).message, /another host/);
    watch.socket.close();
  },
);
