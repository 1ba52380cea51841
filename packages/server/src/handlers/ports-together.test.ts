import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Client } from '@midonet/contract';
import { encodeRow, indexKey, sharedRowKey, type HostId, type PortId } from '@midonet/topology';
import { startHarness } from '../../testing/harness.ts';
import { provided } from '../../testing/provided.ts';
import { makeWorld } from '../../testing/world.ts';

async function sameBothWays(client: Client): Promise<number> {
  const list = await client.ports.list();
  for (const one of list) assert.deepEqual(one, await client.ports.get({ id: one.id }));
  return list.length;
}

test('a port in the list of all is what it is alone: for the provider and for a tenant', async () => {
  await using h = await startHarness();
  await provided(h);
  const worlds = [];
  for (let n = 0; n < 3; n++) worlds.push(await makeWorld(h.client, `tenant${n}`));
  for (const { port, host } of worlds) {
    // brands: ids that the API gave
    const row = { kind: 'portActive', portId: port as PortId, hostId: host as HostId, tunnelKey: 7 } as const;
    const write = { kind: 'put', key: sharedRowKey(row), value: JSON.stringify(encodeRow(row)) } as const;
    await h.store.commit({ author: { user: 'test' }, conditions: [], writes: [write] });
  }
  const [world] = worlds;
  assert.ok(world);
  // More static MACs than come in one page.
  const macs = Array.from({ length: 600 }, (_, n) =>
    indexKey('port', world.port, 'staticMac', `${n}_02:00:00:00:00:01`),
  );
  const writes = macs.map((key) => ({ kind: 'put', key, value: '' }) as const);
  await h.store.commit({ author: { user: 'test' }, conditions: [], writes });
  assert.ok((await sameBothWays(h.client)) >= 12);
  const port = await h.client.ports.get({ id: world.port });
  assert.deepEqual([port.active, port.tunnelKey, port.insertionIds], [true, 7, [world.insertion]]);
  assert.deepEqual(port.traceRequestIds, [world.trace]);
  assert.deepEqual((await h.client.ports.get({ id: world.routerPort })).routeIds?.includes(world.route), true);
  assert.deepEqual((await h.client.ports.get({ id: world.service })).srvInsertionIds, [world.insertion]);
  await h.client.users.create({ body: { name: 'eve', password: 'long enough', role: 'member', tenantId: 'tenant0' } });
  const { token } = await h.client.apiTokens.create({ body: { user: 'eve' } });
  const tenant = createClient({ baseUrl: h.controller.url, token });
  assert.equal(await sameBothWays(tenant), 4);
});
