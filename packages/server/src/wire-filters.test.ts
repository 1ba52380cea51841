import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';

/** Chains, rules and groups as MidoNet's own clients speak about them: vendor types, links, whole stale copies. */
const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string) => `application/vnd.org.midonet.${name}+json`;

type Json = Record<string, unknown>;

async function get(uri: unknown, type: string): Promise<{ readonly text: string; readonly status: number }> {
  const headers = { ...AUTH, accept: vendor(type), 'content-type': vendor(type) };
  const got = await rawRequest(String(uri), 'GET', headers, '{}');
  if (got.status === 200) assert.equal(got.headers['content-type'], vendor(type));
  return got;
}

async function list(uri: unknown, type: string): Promise<Json[]> {
  const { text, status } = await get(uri, type);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Json[];
}

async function post(uri: unknown, type: string, body: object): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const created = await rawRequest(String(uri), 'POST', headers, JSON.stringify(body));
  assert.equal(created.status, 201, created.text);
  const { text, status } = await get(created.headers['location'], type);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Json;
}

const remove = async (uri: unknown): Promise<number> => (await rawRequest(String(uri), 'DELETE', AUTH, '{}')).status;

async function root(h: Harness): Promise<Json> {
  const { text } = await get(h.controller.url, 'Application-v5');
  return JSON.parse(text) as Json;
}

test('a client walks from the root to rules by links, with absolute URIs all the way', async () => {
  await using h = await startHarness();
  const document = await root(h);
  const chain = await post(document['chains'], 'Chain-v1', { name: 'in', tenantId: 'acme' });
  for (const field of ['ruleIds', 'portInboundIds', 'networkOutboundIds', 'routerInboundIds', 'jumpRuleIds']) {
    assert.deepEqual(chain[field], [], field);
  }
  const body = {
    type: 'drop',
    nwSrcAddress: '10.0.0.0',
    nwSrcLength: 8,
    tpDst: { start: 1, end: 1023 },
    position: null,
  };
  const rule = await post(chain['rules'], 'Rule-v2', body);
  assert.equal(rule['uri'], String(document['ruleTemplate']).replace('{id}', String(rule['id'])));
  const [first] = await list(chain['rules'], 'collection.Rule-v2');
  assert.deepEqual(first, rule);
  const tenants = await list(document['tenants'], 'collection.Tenant-v2');
  assert.deepEqual(
    (await list(tenants[0]?.['chains'], 'collection.Chain-v1')).map(({ id }) => id),
    [chain['id']],
  );
  assert.deepEqual(await list(tenants[0]?.['portGroups'], 'collection.PortGroup-v1'), []);
  assert.equal(await remove(rule['uri']), 204);
  assert.equal(await remove(chain['uri']), 204);
  assert.equal((await get(chain['uri'], 'Chain-v1')).status, 404);
});

test('every field of a rule is there, as null or false when nothing is asked', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'c' });
  const rule = await post(chain['rules'], 'Rule-v2', { type: 'accept' });
  const groups = ['portGroup', 'inPortGroup', 'outPortGroup', 'ipAddrGroupSrc', 'ipAddrGroupDst', 'traversedDevice'];
  const headers = ['vlan', 'dlType', 'dlSrc', 'dlSrcMask', 'dlDst', 'dlDstMask', 'nwTos', 'nwProto', 'tpSrc', 'tpDst'];
  const addresses = ['nwSrcAddress', 'nwDstAddress', 'icmpDataSrcIpAddress', 'icmpDataDstIpAddress'];
  const others = ['inPorts', 'outPorts', 'meterName', 'flowAction', 'jumpChainId', 'jumpChainName', 'natTargets'];
  for (const field of [...groups, ...headers, ...addresses, ...others]) assert.equal(rule[field], null, field);
  const inverted = [...groups, 'inPorts', 'outPorts', 'dlType', 'dlSrc', 'dlDst', 'nwTos', 'nwProto', 'nwSrc', 'nwDst'];
  for (const field of [...inverted, 'tpSrc', 'tpDst', 'icmpDataSrcIp', 'icmpDataDstIp']) {
    const name = `inv${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    assert.equal(rule[name], false, name);
  }
  for (const field of ['condInvert', 'matchForwardFlow', 'matchReturnFlow', 'noVlan', 'matchNwDstRewritten']) {
    assert.equal(rule[field], false, field);
  }
  assert.deepEqual([rule['fragmentPolicy'], rule['nwSrcLength'], rule['position']], ['any', 0, 1]);
});

test('what is not for clients is refused by name, never half stored', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'c' });
  for (const [field, body] of [
    ['requestId', { type: 'trace', requestId: chain['id'] }],
    ['requestId', { type: 'accept', requestId: chain['id'] }],
  ] as const) {
    const headers = { ...AUTH, 'content-type': vendor('Rule-v2') };
    const answer = await rawRequest(String(chain['rules']), 'POST', headers, JSON.stringify(body));
    assert.equal(answer.status, 400, answer.text);
    const { violations } = JSON.parse(answer.text) as { violations: { property: string; message: string }[] };
    const named = violations.find(({ property }) => property === field);
    assert.match(named?.message ?? '', /no trace request|only trace rules/, answer.text);
  }
  assert.deepEqual(await list(chain['rules'], 'collection.Rule-v2'), []);
});

test('an IP address group keeps its chains as existing clients write them', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'c' });
  const body = { name: 'g', inboundChainId: chain['id'], outboundChainId: null };
  const group = await post(`${h.controller.url}/ip_addr_groups`, 'IpAddrGroup-v1', body);
  assert.deepEqual([group['inboundChainId'], group['outboundChainId']], [chain['id'], null]);
  await h.client.chains.remove({ id: String(chain['id']) });
  assert.equal((await h.client.ipAddrGroups.get({ id: String(group['id']) })).inboundChainId, null);
});

test('a rule keeps the name of its meter until it is given another, or none', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'c' });
  const { id } = await post(String(chain['rules']), 'Rule-v2', { type: 'accept', meterName: 'web' });
  const put = async (body: object): Promise<unknown> => {
    await h.client.rules.update({ id: String(id), body });
    return (await h.client.rules.get({ id: String(id) })).meterName;
  };
  assert.equal(await put({ type: 'drop' }), 'web');
  assert.equal(await put({ meterName: 'other' }), 'other');
  assert.equal(await put({ meterName: null }), null);
});

test('a rule that traces, as existing clients write it', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'c' });
  const bridge = await post(`${h.controller.url}/bridges`, 'Bridge-v4', { name: 'b' });
  const device = { deviceType: 'BRIDGE', deviceId: bridge['id'] };
  const request = await post(`${h.controller.url}/traces`, 'TraceRequest-v1', { name: 't', ...device, enabled: true });
  const unlimited = 2 ** 63; // as near to 2^63 - 1 as JSON comes here
  const body = { type: 'trace', requestId: request['id'], limit: unlimited, nwProto: 6, flowAction: 'continue' };
  const rule = await post(chain['rules'], 'Rule-v2', body);
  assert.deepEqual([rule['type'], rule['requestId'], rule['limit']], ['trace', request['id'], 1000]);
  assert.equal(await remove(request['uri']), 204);
  assert.deepEqual(await list(chain['rules'], 'collection.Rule-v2'), [], 'it goes with its request');
});

test('NAT rules and connection tests, as existing clients write them', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'nat' });
  const natTargets = [{ addressFrom: '203.0.113.5', addressTo: '203.0.113.9', portFrom: 1024, portTo: 65535 }];
  const snat = await post(chain['rules'], 'Rule-v2', { type: 'snat', flowAction: 'accept', natTargets });
  assert.deepEqual([snat['type'], snat['flowAction'], snat['natTargets']], ['snat', 'accept', natTargets]);
  const reverse = await post(chain['rules'], 'Rule-v2', { type: 'rev_snat', flowAction: 'accept', position: 1 });
  assert.deepEqual([reverse['type'], reverse['flowAction'], reverse['natTargets']], ['rev_snat', 'accept', null]);
  const answers = await post(chain['rules'], 'Rule-v2', { type: 'accept', matchReturnFlow: true });
  assert.deepEqual([answers['matchForwardFlow'], answers['matchReturnFlow']], [false, true]);
  const headers = { ...AUTH, 'content-type': vendor('Rule-v2') };
  for (const [body, ...fields] of [
    [{ type: 'dnat', natTargets }, 'flowAction'],
    [
      { type: 'dnat', flowAction: 'accept', natTargets: [{ ...natTargets[0], addressTo: 'x' }] },
      'natTargets.0.addressTo',
    ],
    [
      { type: 'dnat', flowAction: 'accept', natTargets: [...natTargets, { addressFrom: 'fd00::1', portFrom: 1 }] },
      'natTargets.1.addressFrom',
    ],
    [
      { type: 'snat', flowAction: 'accept', natTargets: [{ ...natTargets[0], addressTo: '203.0.113.4' }] },
      'natTargets.0.addressTo',
    ],
    [{ type: 'accept', matchForwardFlow: true, matchReturnFlow: true }, 'matchForwardFlow', 'matchReturnFlow'],
  ] as const) {
    const answer = await rawRequest(String(chain['rules']), 'POST', headers, JSON.stringify(body));
    assert.equal(answer.status, 400, answer.text);
    const { violations } = JSON.parse(answer.text) as { violations: { property: string }[] };
    assert.deepEqual(
      violations.map(({ property }) => property),
      fields,
      answer.text,
    );
  }
  const order = (await list(chain['rules'], 'collection.Rule-v2')).map(({ type }) => type);
  assert.deepEqual(order, ['accept', 'rev_snat', 'snat']);
});

test('rules that change tags or redirect, as existing clients write them', async () => {
  await using h = await startHarness();
  const chain = await post(`${h.controller.url}/chains`, 'Chain-v1', { name: 'l2' });
  const bridge = await post(`${h.controller.url}/bridges`, 'Bridge-v4', { name: 'b' });
  const target = await post(bridge['ports'], 'Port-v3', { type: 'Bridge' });
  const targetPortId = target['id'];
  const fields = ['type', 'flowAction', 'popVlan', 'pushVlan', 'targetPortId', 'ingress', 'failOpen'];
  const told = (rule: Record<string, unknown>): unknown[] => fields.map((field) => rule[field]);
  const type = 'l2_transform';
  const tags = await post(chain['rules'], 'Rule-v2', { type, flowAction: 'ACCEPT', popVlan: true, pushVlan: 7 });
  assert.deepEqual(told(tags), [type, 'accept', true, 7, null, false, false]);
  const to = { type, flowAction: 'redirect', targetPortId, ingress: true, failOpen: true, pushVlan: 0 };
  const redirect = await post(chain['rules'], 'Rule-v2', to);
  assert.deepEqual(told(redirect), [type, 'redirect', false, 0, targetPortId, true, true]);
  assert.deepEqual(told(await post(chain['rules'], 'Rule-v2', { type: 'accept' })), [
    'accept',
    null,
    false,
    0,
    null,
    false,
    false,
  ]);
  // A client writes back all it read.
  const headers = { ...AUTH, 'content-type': vendor('Rule-v2') };
  const put = async (rule: Record<string, unknown>, change: object): Promise<number> => {
    const body = JSON.stringify({ ...rule, ...change });
    return (await rawRequest(String(rule['uri']), 'PUT', headers, body)).status;
  };
  assert.ok((await put(redirect, {})) < 300);
  assert.ok((await put(redirect, { ingress: false, pushVlan: 9 })) < 300);
  const [changed] = await list(chain['rules'], 'collection.Rule-v2');
  assert.deepEqual(told(changed ?? {}), [type, 'redirect', false, 9, targetPortId, false, true]);
  const nowhere = '11111111-1111-4111-8111-111111111111';
  for (const [body, field] of [
    [{ type, popVlan: true }, 'flowAction'],
    [{ type, flowAction: 'accept' }, 'popVlan'],
    [{ type, flowAction: 'accept', pushVlan: 5000 }, 'pushVlan'],
    [{ type, flowAction: 'accept', popVlan: true, targetPortId }, 'targetPortId'],
    [{ type, flowAction: 'redirect' }, 'targetPortId'],
    [{ type, flowAction: 'redirect', targetPortId: nowhere }, 'targetPortId'],
    [{ type: 'accept', popVlan: true }, 'popVlan'],
    [{ type: 'snat', flowAction: 'redirect', natTargets: [{ addressFrom: '192.0.2.1' }] }, 'flowAction'],
  ] as const) {
    const answer = await rawRequest(String(chain['rules']), 'POST', headers, JSON.stringify(body));
    assert.equal(answer.status, 400, answer.text);
    const { violations } = JSON.parse(answer.text) as { violations: { property: string }[] };
    assert.deepEqual(
      violations.map(({ property }) => property),
      [field],
      answer.text,
    );
  }
  for (const uri of [target['uri'], bridge['uri']]) {
    const answer = await rawRequest(String(uri), 'DELETE', AUTH, '{}');
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.text, /redirects to port/);
  }
  assert.equal((await rawRequest(String(redirect['uri']), 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await rawRequest(String(bridge['uri']), 'DELETE', AUTH, '{}')).status, 204);
});

test('groups: members and addresses are made, reached and removed by their links', async () => {
  await using h = await startHarness();
  const { url } = h.controller;
  const bridge = await post(`${url}/bridges`, 'Bridge-v4', { name: 'b' });
  const port = await post(bridge['ports'], 'Port-v3', { type: 'Bridge' });
  const group = await post(`${url}/port_groups`, 'PortGroup-v1', { name: 'p', tenantId: 't', stateful: true });
  const member = await post(group['ports'], 'PortGroupPort-v1', { portId: port['id'] });
  assert.deepEqual(await list(group['ports'], 'collection.PortGroupPort-v1'), [member]);
  assert.deepEqual(await list(port['portGroups'], 'collection.PortGroupPort-v1'), [member]);
  const found = await list(`${url}/port_groups?port_id=${String(port['id'])}`, 'collection.PortGroup-v1');
  assert.deepEqual(
    found.map(({ id }) => id),
    [group['id']],
  );
  assert.equal(await remove(member['uri']), 204);
  assert.equal(await remove(group['uri']), 204);
  const addresses = await post(`${url}/ip_addr_groups`, 'IpAddrGroup-v1', { name: 'a' });
  const four = await post(addresses['addrs'], 'IpAddrGroupAddr-v1', { addr: '10.0.0.1', version: 4 });
  const six = await post(addresses['addrs'], 'IpAddrGroupAddr-v1', { addr: '2001:db8::1', version: 6 });
  assert.match(String(six['uri']), /\/versions\/6\/ip_addrs\/2001:db8::1$/);
  assert.deepEqual(await list(addresses['addrs'], 'collection.IpAddrGroupAddr-v1'), [four, six]);
  for (const one of [four, six, addresses]) assert.equal(await remove(one['uri']), 204);
});

test('a stale whole copy of a device keeps its filters unless it names others; null takes them off', async () => {
  await using h = await startHarness();
  const { url } = h.controller;
  const chain = await post(`${url}/chains`, 'Chain-v1', { name: 'c' });
  const router = await post(`${url}/routers`, 'Router-v3', { name: 'r', inboundFilterId: chain['id'] });
  assert.deepEqual([router['inboundFilter'], router['outboundFilterId']], [chain['uri'], null]);
  const headers = { ...AUTH, 'content-type': vendor('Router-v3') };
  const put = (body: object) => rawRequest(String(router['uri']), 'PUT', headers, JSON.stringify(body));
  assert.equal((await put({ ...router, name: 'r2' })).status, 204);
  const shown = async () => JSON.parse((await get(router['uri'], 'Router-v3')).text) as Json;
  assert.deepEqual([(await shown())['name'], (await shown())['inboundFilterId']], ['r2', chain['id']]);
  assert.equal((await put({ ...router, inboundFilterId: null })).status, 204);
  assert.equal((await shown())['inboundFilterId'], null);
});
