import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { WatchClient } from '../testing/watch-client.ts';

const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string): string => `application/vnd.org.midonet.${name}+json`;
type Json = Record<string, unknown>;

const refusal =
  (status: number, property: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError &&
    error.failure.kind === 'refused' &&
    error.failure.status === status &&
    error.failure.violations.some((one) => one.property === property);

async function get(uri: unknown, type: string): Promise<Json> {
  const headers = { ...AUTH, accept: vendor(type), 'content-type': vendor(type) };
  const got = await rawRequest(String(uri), 'GET', headers, '{}');
  assert.equal(got.status, 200, got.text);
  assert.equal(got.headers['content-type'], vendor(type));
  return JSON.parse(got.text) as Json;
}

async function post(uri: unknown, type: string, body: object): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const created = await rawRequest(String(uri), 'POST', headers, JSON.stringify(body));
  assert.equal(created.status, 201, created.text);
  return get(created.headers['location'], type);
}

async function put(uri: unknown, type: string, body: object): Promise<number> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  return (await rawRequest(String(uri), 'PUT', headers, JSON.stringify(body))).status;
}

/** As MidoNet's clients go: from the root by links, vendor types, no Accept on POST, whole copies on PUT. */
test('a client walks from the root to policies and rules by links', async () => {
  await using h = await startHarness();
  const root = await get(h.controller.url, 'Application-v5');
  const policy = await post(root['qosPolicies'], 'QOSPolicy-v1', { name: 'gold', tenantId: 'acme', shared: true });
  assert.equal(policy['uri'], String(root['qosPolicyTemplate']).replace('{id}', String(policy['id'])));
  assert.deepEqual([policy['description'], policy['shared'], policy['rules']], ['', true, []]);
  const limit = await post(policy['bwLimitRules'], 'QOSRuleBWLimit-v1', { maxKbps: 5000, maxBurstKb: 500, type: 'x' });
  assert.equal(limit['uri'], String(root['qosBwLimitRuleTemplate']).replace('{id}', String(limit['id'])));
  assert.equal(limit['direction'], 'egress');
  const mark = await post(policy['dscpRules'], 'QOSRuleDSCP-v1', { dscpMark: 26 });
  assert.equal(mark['uri'], String(root['qosDscpRuleTemplate']).replace('{id}', String(mark['id'])));
  assert.deepEqual(await get(policy['bwLimitRules'], 'collection.QOSRuleBWLimit-v1'), [limit]);
  assert.deepEqual(await get(policy['dscpRules'], 'collection.QOSRuleDSCP-v1'), [mark]);
  assert.ok((await put(limit['uri'], 'QOSRuleBWLimit-v1', { ...limit, maxKbps: 6000 })) <= 204);
  const whole = await get(policy['uri'], 'QOSPolicy-v1');
  // A client writes back all it read, the rules among it: they and their ids stay.
  assert.ok((await put(policy['uri'], 'QOSPolicy-v1', { ...whole, name: 'platinum' })) <= 204);
  const after = await get(policy['uri'], 'QOSPolicy-v1');
  assert.deepEqual(after, { ...whole, name: 'platinum' });
  assert.equal((await get(limit['uri'], 'QOSRuleBWLimit-v1'))['maxKbps'], 6000);
  const bridge = await post(root['bridges'], 'Bridge-v5', { name: 'b', qosPolicyId: policy['id'] });
  const port = await post(bridge['ports'], 'Port-v4', { type: 'Bridge' });
  assert.ok((await put(port['uri'], 'Port-v4', { ...port, qosPolicyId: policy['id'] })) <= 204);
  assert.equal((await get(port['uri'], 'Port-v4'))['qosPolicyId'], policy['id']);
  const removed = await rawRequest(policy['uri'] ?? '', 'DELETE', AUTH, '{}');
  assert.equal(removed.status, 204);
  assert.equal((await get(bridge['uri'], 'Bridge-v5'))['qosPolicyId'], null);
  assert.equal((await get(port['uri'], 'Port-v4'))['qosPolicyId'], null);
  for (const { uri } of [limit, mark]) {
    assert.equal((await rawRequest(String(uri), 'GET', AUTH, '{}')).status, 404);
  }
});

test('rules inside a policy are made with it and replaced as a whole', async () => {
  await using h = await startHarness();
  const { client } = h;
  const rules = [
    { type: 'bandwidth_limit', maxKbps: 1000, maxBurstKb: 100 },
    { type: 'dscp_marking', dscpMark: 10 },
  ] as const;
  const made = await client.qosPolicies.create({ body: { name: 'p', rules: [...rules] } });
  assert.deepEqual(made.rules.map(({ type }) => type).sort(), ['bandwidth_limit', 'dscp_marking']);
  const limit = made.rules.find(({ type }) => type === 'bandwidth_limit');
  const other = await client.qosPolicies.update({ id: made.id, body: { rules: [{ maxKbps: 2000 }] } });
  assert.deepEqual(other.rules, [{ ...limit, maxKbps: 2000, maxBurstKb: 0 }]);
  assert.deepEqual((await client.qosPolicies.update({ id: made.id, body: { rules: null } })).rules, other.rules);
  assert.deepEqual((await client.qosPolicies.update({ id: made.id, body: { rules: [] } })).rules, []);
  const twice = { rules: [{ maxKbps: 1 }, { maxKbps: 2, direction: 'both' as const }] };
  await assert.rejects(client.qosPolicies.update({ id: made.id, body: twice }), refusal(400, 'rules'));
  const nothing = { rules: [{ type: 'dscp_marking' as const }] };
  await assert.rejects(client.qosPolicies.create({ body: nothing }), refusal(400, 'rules.0.dscpMark'));
});

/** As it makes a policy: without rules, then a PUT of the whole for each of them. */
test('policies come from Neutron by its own names', async () => {
  await using h = await startHarness();
  const policies = `${h.controller.url}/qos_policies`;
  const id = '5f0f2c0e-98a1-4b9e-9a3d-0d9f3c6a2b01';
  const common = { tenant_id: 'acme', project_id: 'acme', is_default: false, revision_number: 0 };
  const gold = { id, name: 'gold', description: '', shared: false, rules: [], ...common };
  await post(policies, 'QOSPolicy-v1', gold);
  const burst = { max_kbps: 10000, max_burst_kbps: 8000, direction: 'ingress' };
  const limit = { id: '5f0f2c0e-98a1-4b9e-9a3d-0d9f3c6a2b02', qos_policy_id: id, type: 'bandwidth_limit', ...burst };
  const mark = { id: '5f0f2c0e-98a1-4b9e-9a3d-0d9f3c6a2b03', qos_policy_id: id, type: 'dscp_marking', dscp_mark: 26 };
  assert.ok((await put(`${policies}/${id}`, 'QOSPolicy-v1', { ...gold, rules: [limit] })) <= 204);
  assert.ok((await put(`${policies}/${id}`, 'QOSPolicy-v1', { ...gold, rules: [limit, mark] })) <= 204);
  const { tenantId, rules } = await h.client.qosPolicies.get({ id });
  assert.equal(tenantId, 'acme');
  const none = { maxKbps: null, maxBurstKb: null, direction: null, dscpMark: null };
  assert.deepEqual(rules, [
    { ...none, id: limit.id, type: 'bandwidth_limit', maxKbps: 10000, maxBurstKb: 8000, direction: 'ingress' },
    { ...none, id: mark.id, type: 'dscp_marking', dscpMark: 26 },
  ]);
  const wrong = { rules: [{ type: 'bandwidth_limit' as const, max_kbps: 0 }] };
  await assert.rejects(h.client.qosPolicies.update({ id, body: wrong }), refusal(400, 'rules.0.max_kbps'));
  // A port and a network of Neutron's with it.
  const network = await h.client.neutronNetworks.create({ body: { name: 'n', qos_policy_id: id } });
  assert.equal((await h.client.bridges.get({ id: network.id })).qosPolicyId, id);
  const body = { network_id: network.id, mac_address: 'fa:16:3e:00:00:01', device_owner: 'compute:nova' };
  const port = await h.client.neutronPorts.create({ body: { ...body, qos_policy_id: id } });
  assert.equal((await h.client.ports.get({ id: port.id })).qosPolicyId, id);
  await h.client.neutronPorts.update({ id: port.id, body: { qos_policy_id: null } });
  assert.equal((await h.client.ports.get({ id: port.id })).qosPolicyId, null);
});

test('what cannot be is refused by the field that is wrong', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { id } = await client.qosPolicies.create({ body: {} });
  const gone = '11111111-1111-4111-8111-111111111111';
  await assert.rejects(client.qosPolicies.createDscpRule({ id, body: { dscpMark: 64 } }), refusal(400, 'dscpMark'));
  await assert.rejects(client.qosPolicies.createBwLimitRule({ id, body: { maxKbps: 0 } }), refusal(400, 'maxKbps'));
  await assert.rejects(
    client.qosPolicies.createDscpRule({ id: gone, body: { dscpMark: 1 } }),
    refusal(404, 'policyId'),
  );
  await assert.rejects(client.bridges.create({ body: { qosPolicyId: gone } }), refusal(400, 'qosPolicyId'));
  const mark = await client.qosPolicies.createDscpRule({ id, body: { dscpMark: 1 } });
  await assert.rejects(client.qosPolicies.createDscpRule({ id, body: { dscpMark: 2 } }), refusal(409, 'policyId'));
  await assert.rejects(client.qosBwLimitRules.get({ id: mark.id }), /404|no bandwidth limit/);
  await assert.rejects(client.qosBwLimitRules.remove({ id: mark.id }), /404|no bandwidth limit/);
});

test('watching a policy gives its rules, and then what changes in them', { timeout: 120_000 }, async () => {
  await using h: Harness = await startHarness();
  const { client } = h;
  const { id, rules } = await client.qosPolicies.create({ body: { rules: [{ maxKbps: 1000 }] } });
  await client.bridges.create({ body: { qosPolicyId: id } });
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'qosPolicy', id } });
  const snapshot = await watch.next('snapshot', (message) => message.sub === 1);
  const first = rules[0]?.id ?? '';
  assert.deepEqual(snapshot.items.map(({ key }) => key).sort(), [`qosPolicy/${id}`, `qosRule/${first}`]);
  const next = async (): Promise<string[]> =>
    (await watch.next('delta', (message) => message.sub === 1)).changes.map(({ key }) => key);
  const mark = await client.qosPolicies.createDscpRule({ id, body: { dscpMark: 1 } });
  assert.deepEqual(await next(), [`qosRule/${mark.id}`]);
  await client.qosBwLimitRules.update({ id: first, body: { maxKbps: 2000 } });
  assert.deepEqual(await next(), [`qosRule/${first}`]);
  await watch.close();
});

test('what-if fetches the policy a packet meets and tells its mark', async () => {
  await using h = await startHarness();
  const { client } = h;
  const policy = await client.qosPolicies.create({ body: { name: 'gold', rules: [{ dscpMark: 46 }] } });
  const bridge = await client.bridges.create({ body: { qosPolicyId: policy.id } });
  const port = await client.bridges.createPort({ id: bridge.id, body: {} });
  const ip = '4500001c000000004011 0000 0a000001 0a000002 0001000200080000';
  const outcome = await client.simulation.run({
    body: { portId: port.id, frame: `ffffffffffff 020000000001 0800 ${ip}` },
  });
  const step = outcome.trace.find(({ at }) => at.kind === 'qosPolicy');
  assert.deepEqual([step?.at.name, step?.action], ['gold', { kind: 'rewrite', detail: 'DSCP 46' }]);
});
