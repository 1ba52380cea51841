import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

/** Drives every endpoint of trace requests. */
export async function traceSteps(
  { client }: Harness,
  step: (name: string, run: () => Promise<unknown>) => Promise<void>,
  { bridgeId, portId }: { readonly bridgeId: string; readonly portId: string },
): Promise<void> {
  const body = { name: 't', deviceType: 'PORT', deviceId: portId, condition: { nwProto: 6 }, enabled: true };
  const made = await client.traceRequests.create({ body });
  const { id } = made;
  await step('traceRequests.create', async () => {
    const { condition, ...rest } = body;
    assert.deepEqual({ ...made, ...rest, limit: 100 }, made);
    assert.equal(made.condition.nwProto, condition.nwProto);
  });
  await step('traceRequests.get', async () => assert.deepEqual(await client.traceRequests.get({ id }), made));
  await step('traceRequests.list', async () => {
    assert.deepEqual(await client.traceRequests.list({ query: { device_id: portId } }), [made]);
    assert.deepEqual(await client.traceRequests.list({ query: { device_id: bridgeId } }), []);
  });
  await step('traceRequests.update', async () => {
    const changed = await client.traceRequests.update({ id, body: { enabled: false, limit: 5 } });
    assert.deepEqual(changed, { ...made, enabled: false, limit: 5, enabledUntilMs: null });
  });
  assert.deepEqual((await client.ports.get({ id: portId })).traceRequestIds, [id]);
  assert.deepEqual((await client.bridges.get({ id: bridgeId })).traceRequestIds, []);
  await step('traceRequests.packets', async () => assert.deepEqual(await client.traceRequests.packets({ id }), []));
  await step('traceRequests.remove', () => client.traceRequests.remove({ id }));
}
