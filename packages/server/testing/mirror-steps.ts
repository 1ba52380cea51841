import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;

/** Drives every endpoint of mirrors. */
export async function mirrorSteps(
  { client }: Harness,
  step: Step,
  { portId }: { readonly portId: string },
): Promise<void> {
  const mirror = await client.mirrors.create({ body: { name: 'web', toPortId: portId, conditions: [{ nwProto: 6 }] } });
  const { id } = mirror;
  await step('mirrors.create', async () => {
    assert.deepEqual([mirror.toPortId, mirror.conditions.map(({ nwProto }) => nwProto)], [portId, [6]]);
  });
  await step('mirrors.list', async () => assert.deepEqual(await client.mirrors.list(), [mirror]));
  await step('mirrors.update', async () => {
    const renamed = await client.mirrors.update({ id, body: { name: 'all' } });
    assert.deepEqual(renamed, { ...mirror, name: 'all' });
    assert.deepEqual((await client.mirrors.update({ id, body: { conditions: [] } })).conditions, []);
  });
  await client.ports.update({ id: portId, body: { inboundMirrorIds: [id], preOutFilterMirrorIds: [id] } });
  await step('mirrors.get', async () => {
    const { portInboundIds, portPreOutFilterIds, portOutboundIds } = await client.mirrors.get({ id });
    assert.deepEqual([portInboundIds, portPreOutFilterIds, portOutboundIds], [[portId], [portId], []]);
  });
  await step('mirrors.remove', () => client.mirrors.remove({ id }));
  assert.deepEqual((await client.ports.get({ id: portId })).inboundMirrorIds, []);
}
