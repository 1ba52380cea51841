import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;

/** Drives every endpoint of QoS policies and their rules. */
export async function qosSteps(
  { client }: Harness,
  step: Step,
  { portId }: { readonly portId: string },
): Promise<void> {
  const policy = await client.qosPolicies.create({ body: { name: 'gold', tenantId: 'acme', description: 'd' } });
  const { id } = policy;
  await step('qosPolicies.create', async () => assert.deepEqual(policy.rules, []));
  await step('qosPolicies.list', async () => {
    const acme = await client.qosPolicies.list({ query: { tenant_id: 'acme' } });
    assert.deepEqual(
      acme.map((one) => one.id),
      [id],
    );
    assert.deepEqual(await client.qosPolicies.list({ query: { name: 'silver' } }), []);
  });
  await step('qosPolicies.update', async () => {
    const changed = await client.qosPolicies.update({ id, body: { shared: true, name: null } });
    assert.deepEqual([changed.shared, changed.name, changed.description], [true, 'gold', 'd']);
  });
  const limit = await client.qosPolicies.createBwLimitRule({ id, body: { maxKbps: 5000 } });
  await step('qosPolicies.createBwLimitRule', async () =>
    assert.deepEqual([limit.maxBurstKb, limit.direction, limit.policyId], [0, 'egress', id]),
  );
  const mark = await client.qosPolicies.createDscpRule({ id, body: { dscpMark: 46 } });
  await step('qosPolicies.createDscpRule', async () => assert.equal(mark.dscpMark, 46));
  await step('qosPolicies.bwLimitRules', async () =>
    assert.deepEqual(await client.qosPolicies.bwLimitRules({ id }), [limit]),
  );
  await step('qosPolicies.dscpRules', async () => assert.deepEqual(await client.qosPolicies.dscpRules({ id }), [mark]));
  await step('qosBwLimitRules.get', async () =>
    assert.deepEqual(await client.qosBwLimitRules.get({ id: limit.id }), limit),
  );
  await step('qosDscpRules.get', async () => assert.deepEqual(await client.qosDscpRules.get({ id: mark.id }), mark));
  await step('qosBwLimitRules.update', async () => {
    const changed = await client.qosBwLimitRules.update({ id: limit.id, body: { maxBurstKb: 64, direction: 'both' } });
    assert.deepEqual([changed.maxKbps, changed.maxBurstKb, changed.direction], [5000, 64, 'both']);
  });
  await step('qosDscpRules.update', async () => {
    assert.equal((await client.qosDscpRules.update({ id: mark.id, body: { dscpMark: 0 } })).dscpMark, 0);
  });
  await step('qosPolicies.get', async () => {
    const { rules } = await client.qosPolicies.get({ id });
    assert.deepEqual(rules.map(({ type }) => type).sort(), ['bandwidth_limit', 'dscp_marking']);
  });
  await client.ports.update({ id: portId, body: { qosPolicyId: id } });
  await step('qosBwLimitRules.remove', () => client.qosBwLimitRules.remove({ id: limit.id }));
  await step('qosDscpRules.remove', () => client.qosDscpRules.remove({ id: mark.id }));
  await step('qosPolicies.remove', () => client.qosPolicies.remove({ id }));
  assert.equal((await client.ports.get({ id: portId })).qosPolicyId, null);
}
