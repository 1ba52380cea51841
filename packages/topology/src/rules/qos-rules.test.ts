import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridge,
  bridgeId,
  bridgePort,
  Cloud,
  portId,
  qosPolicy,
  qosPolicyId,
  qosRule,
  qosRuleId,
} from '../../testing/cloud.ts';
import type { Entity, QosRule } from '../index.ts';

async function rules(cloud: Cloud): Promise<string[]> {
  return cloud.table
    .entities()
    .filter((one): one is QosRule => one.kind === 'qosRule')
    .map((one) => `${one.id === qosRuleId(1) ? 1 : 2} ${one.type === 'dscp' ? one.mark : one.direction}`)
    .sort();
}

test('a policy goes with its rules, and bridges and ports lose it', async () => {
  const cloud = new Cloud();
  await cloud.create(qosPolicy(1), qosRule(1, 1), qosRule(2, 1, { mark: 46 }), bridge(1));
  const named = { qosPolicyId: qosPolicyId(1) };
  assert.equal(await cloud.create(bridgePort(1, 1, named)), 'done');
  assert.equal(await cloud.update('bridge', bridgeId(1), (one) => ({ ...one, ...named })), 'done');
  assert.equal(await cloud.remove('qosPolicy', qosPolicyId(1)), 'done');
  assert.deepEqual(
    cloud.table.entities().map((one) => one.kind),
    ['bridge', 'port'],
  );
  assert.equal((await cloud.get('port', portId(1)))?.qosPolicyId, undefined);
  assert.equal((await cloud.get('bridge', bridgeId(1)))?.qosPolicyId, undefined);
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => key.includes(qosPolicyId(1))),
    [],
  );
});

test('bridges, ports and rules name a policy that is there', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1));
  const missing = { qosPolicyId: qosPolicyId(9) };
  assert.equal(await cloud.create(bridgePort(2, 1, missing)), 'invalid qosPolicyId');
  assert.equal(await cloud.update('port', portId(1), (one) => ({ ...one, ...missing })), 'invalid qosPolicyId');
  assert.equal(await cloud.update('bridge', bridgeId(1), (one) => ({ ...one, ...missing })), 'invalid qosPolicyId');
  assert.equal(await cloud.create(qosRule(1, 9)), 'notFound policyId');
});

test('a policy has one limit a direction and one mark', async () => {
  const cloud = new Cloud();
  await cloud.create(qosPolicy(1), qosPolicy(2), qosRule(1, 1, 'egress'), qosRule(2, 1, { mark: 1 }));
  assert.equal(await cloud.create(qosRule(3, 1, 'egress')), 'conflict policyId');
  assert.equal(await cloud.create(qosRule(3, 1, 'both')), 'conflict policyId');
  assert.equal(await cloud.create(qosRule(3, 1, { mark: 2 })), 'conflict policyId');
  assert.equal(await cloud.create(qosRule(3, 1, 'ingress'), qosRule(4, 2, 'both')), 'done');
  const both = (one: QosRule): Entity => ({ ...one, ...(one.type === 'bandwidth' ? { direction: 'both' } : {}) });
  assert.equal(await cloud.update('qosRule', qosRuleId(1), both), 'conflict policyId');
  await cloud.remove('qosRule', qosRuleId(3));
  assert.equal(await cloud.update('qosRule', qosRuleId(1), both), 'done');
});

test('a rule keeps its policy and its kind, and its numbers are checked', async () => {
  const cloud = new Cloud();
  await cloud.create(qosPolicy(1), qosPolicy(2), qosRule(1, 1));
  const change = (to: Partial<QosRule>): Promise<string> =>
    cloud.update('qosRule', qosRuleId(1), (one) => ({ ...one, ...to }) as QosRule);
  assert.equal(await change({ policyId: qosPolicyId(2) }), 'invalid policyId');
  assert.equal(await change({ type: 'dscp', mark: 1 }), 'invalid type');
  assert.equal(await change({ maxKbps: 0 }), 'invalid maxKbps');
  assert.equal(await change({ maxBurstKb: -1 }), 'invalid maxBurstKb');
  assert.equal(await cloud.create(qosRule(2, 1, { mark: 64 })), 'invalid dscpMark');
});

test('a policy and its rules change together; rules for the same keep their ids', async () => {
  const cloud = new Cloud();
  assert.equal(await cloud.policy(qosPolicy(1), [qosRule(1, 1, 'both')]), 'done');
  assert.equal(await cloud.policy(qosPolicy(1), [qosRule(7, 1, 'ingress'), qosRule(2, 1, 'egress')]), 'done');
  assert.deepEqual(await rules(cloud), ['1 ingress', '2 egress']);
  assert.equal(await cloud.policy(qosPolicy(1), [qosRule(8, 1, 'egress'), qosRule(9, 1, 'ingress')]), 'done');
  assert.deepEqual(await rules(cloud), ['1 ingress', '2 egress']);
  assert.equal(await cloud.policy(qosPolicy(1), [qosRule(8, 1, 'egress')]), 'done');
  assert.deepEqual(await rules(cloud), ['2 egress']);
  assert.equal(await cloud.policy(qosPolicy(1), [qosRule(8, 1), qosRule(9, 1, 'both')]), 'invalid rules');
  assert.equal(await cloud.policy(qosPolicy(2), [qosRule(2, 2)]), 'conflict id');
  assert.equal(await cloud.policy(qosPolicy(1), []), 'done');
  assert.deepEqual(await rules(cloud), []);
});
