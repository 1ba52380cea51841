import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

/** Drives every endpoint of L2 insertions. */
export async function insertionSteps(
  { client }: Harness,
  step: (name: string, run: () => Promise<unknown>) => Promise<void>,
  { bridgeId, portId }: { readonly bridgeId: string; readonly portId: string },
): Promise<void> {
  const service = await client.bridges.createPort({ id: bridgeId, body: {} });
  const body = { portId, srvPortId: service.id, mac: '02:00:00:00:00:01', vlan: 10, failOpen: true };
  const made = await client.l2Insertions.create({ body });
  const { id } = made;
  await step('l2Insertions.create', async () => assert.deepEqual({ ...made, ...body, position: 1 }, made));
  await step('l2Insertions.get', async () => assert.deepEqual(await client.l2Insertions.get({ id }), made));
  await step('l2Insertions.list', async () => {
    assert.deepEqual(await client.l2Insertions.list({ query: { port: portId } }), [made]);
    assert.deepEqual(await client.l2Insertions.list({ query: { srv_port: service.id } }), [made]);
    assert.deepEqual(await client.l2Insertions.list({ query: { port: service.id } }), []);
  });
  await step('l2Insertions.update', async () => {
    const changed = await client.l2Insertions.update({ id, body: { position: 3, failOpen: false } });
    assert.deepEqual(changed, { ...made, position: 3, failOpen: false });
  });
  assert.deepEqual((await client.ports.get({ id: portId })).insertionIds, [id]);
  assert.deepEqual((await client.ports.get({ id: service.id })).srvInsertionIds, [id]);
  await step('l2Insertions.remove', () => client.l2Insertions.remove({ id }));
  assert.deepEqual((await client.ports.get({ id: portId })).insertionIds, []);
  await client.ports.remove({ id: service.id });
}
