import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';

/** What existing clients of MidoNet send, as recorded from them, against a real server. */
const APPLICATION = 'application/vnd.org.midonet.Application-v5+json';
const BRIDGE = 'application/vnd.org.midonet.Bridge-v4+json';
const BRIDGES = 'application/vnd.org.midonet.collection.Bridge-v4+json';
const ROUTER = 'application/vnd.org.midonet.Router-v3+json';
const PORT = 'application/vnd.org.midonet.Port-v3+json';
const AUTH = { 'x-auth-token': TOKEN };

type Json = Record<string, unknown>;
const json = (text: string): Json => JSON.parse(text) as Json;

async function post(h: Harness, path: string, type: string, body: object): Promise<Json> {
  const created = await rawRequest(
    h.controller.url + path,
    'POST',
    { ...AUTH, 'content-type': type },
    JSON.stringify(body),
  );
  assert.equal(created.status, 201, created.text);
  const location = String(created.headers['location']);
  assert.match(location, /^http:\/\/127\.0\.0\.1:\d+\/midonet-api\//);
  const got = await rawRequest(location, 'GET', { ...AUTH, accept: type, 'content-type': type }, '{}');
  assert.equal(got.status, 200, got.text);
  assert.equal(got.headers['content-type'], type);
  return json(got.text);
}

async function put(h: Harness, path: string, type: string, body: object): Promise<void> {
  const changed = await rawRequest(
    h.controller.url + path,
    'PUT',
    { ...AUTH, 'content-type': type },
    JSON.stringify(body),
  );
  assert.ok(changed.status === 204 || changed.status === 200, changed.text);
}

test('the document of the root is there with and without a slash, with absolute URIs of the Host asked', async () => {
  await using h = await startHarness();
  for (const slash of ['', '/']) {
    const headers = { ...AUTH, accept: APPLICATION, host: 'midonet.example:8080' };
    const got = await rawRequest(h.controller.url + slash, 'GET', headers, '{}');
    assert.equal(got.status, 200);
    assert.equal(got.headers['content-type'], APPLICATION);
    const document = json(got.text);
    assert.equal(document['bridges'], 'http://midonet.example:8080/midonet-api/bridges');
    assert.equal(document['routeTemplate'], 'http://midonet.example:8080/midonet-api/routes/{id}');
    assert.equal(document['neutron'], 'http://midonet.example:8080/midonet-api/neutron');
    assert.equal('rules' in document, false);
  }
});

test('login takes Basic and gives a session by Set-Cookie that works as X-Auth-Token and as cookie', async () => {
  await using h = await startHarness();
  const basic = `Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`;
  const answer = await rawRequest(`${h.controller.url}/login`, 'POST', { authorization: basic }, '{}');
  assert.equal(answer.status, 200);
  const cookie = String(answer.headers['set-cookie']);
  const session = /^sessionId=([^;]+); Expires=/.exec(cookie)?.[1] ?? assert.fail(cookie);
  assert.notEqual(session, TOKEN);
  const url = `${h.controller.url}/system_state`;
  assert.equal((await rawRequest(url, 'GET', { 'x-auth-token': session }, '{}')).status, 200);
  assert.equal((await rawRequest(url, 'GET', { cookie: `sessionId=${session}` })).status, 200);
  assert.equal((await rawRequest(url, 'GET', { authorization: `Bearer ${TOKEN}` })).status, 200);
  const wrong = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
  assert.equal((await rawRequest(`${h.controller.url}/login`, 'POST', { authorization: wrong }, '{}')).status, 401);
  assert.equal((await rawRequest(`${h.controller.url}/login`, 'POST', {}, '{}')).status, 401);
});

test('without a token everything is 401, forged sessions too', async () => {
  await using h = await startHarness();
  const forged = { 'x-auth-token': `s1.${(Date.now() + 1e6).toString(36)}.AAAA` };
  for (const path of ['', '/bridges', '/chains', '/openapi.json', '/docs', '/system_state']) {
    assert.equal((await rawRequest(h.controller.url + path, 'GET', {}, '{}')).status, 401, path);
    assert.equal((await rawRequest(h.controller.url + path, 'GET', forged)).status, 401, path);
  }
  const origin = new URL(h.controller.url).origin;
  assert.equal((await rawRequest(`${origin}/metrics`, 'GET', {})).status, 401);
  assert.equal((await rawRequest(`${origin}/healthz`, 'GET', {})).status, 200);
});

test('bodies on GET and DELETE do not matter, whatever their type', async () => {
  await using h = await startHarness();
  const bridge = await post(h, '/bridges', BRIDGE, { name: 'b', tenantId: 't' });
  const uri = String(bridge['uri']);
  for (const type of [BRIDGE, 'text/plain', undefined]) {
    const headers = { ...AUTH, accept: BRIDGE, ...(type === undefined ? {} : { 'content-type': type }) };
    assert.equal((await rawRequest(uri, 'GET', headers, '{}')).status, 200);
  }
  assert.equal((await rawRequest(uri, 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await rawRequest(uri, 'DELETE', AUTH, '{}')).status, 404);
});

test('every field is present, nulls included', async () => {
  await using h = await startHarness();
  const bridge = await post(h, '/bridges', BRIDGE, { name: 'b' });
  for (const field of ['inboundFilterId', 'outboundFilterId', 'qosPolicyId']) assert.equal(bridge[field], null);
  const port = await post(h, `/bridges/${String(bridge['id'])}/ports`, PORT, { type: 'Bridge' });
  for (const field of ['hostId', 'interfaceName', 'peerId', 'vifId', 'vlanId']) assert.equal(port[field], null, field);
  assert.equal(port['type'], 'Bridge');
  const state = json(await (await h.fetch('/system_state')).text());
  assert.deepEqual([state['state'], state['availability'], state['information']], ['ACTIVE', 'READWRITE', null]);
});

test('a stale copy written back keeps host, interface and peer', async () => {
  await using h = await startHarness();
  const host = await h.client.hosts.create({ body: { name: 'h1' } });
  const bridge = await post(h, '/bridges', BRIDGE, { name: 'b', unknownField: { of: 'a later version' } });
  const stale = await post(h, `/bridges/${String(bridge['id'])}/ports`, PORT, { type: 'ExteriorBridge' });
  const id = String(stale['id']);
  await h.client.hostPorts.create({ id: host.id, body: { portId: id, interfaceName: 'tap0' } });
  await put(h, `/ports/${id}`, PORT, { ...stale, adminStateUp: false });
  const after = await h.client.ports.get({ id });
  assert.deepEqual([after.hostId, after.interfaceName, after.adminStateUp], [host.id, 'tap0', false]);
  await h.client.hostPorts.remove({ id: host.id, portId: id });
  assert.equal((await h.client.ports.get({ id })).hostId, null);
});

test('a stale copy keeps the peer too', async () => {
  await using h = await startHarness();
  const bridge = await h.client.bridges.create({ body: { name: 'b' } });
  const router = await h.client.routers.create({ body: { name: 'r' } });
  const stale = await post(h, `/bridges/${bridge.id}/ports`, PORT, { type: 'InteriorBridge' });
  const far = await h.client.routers.createPort({
    id: router.id,
    body: { portAddress: '10.0.0.1', networkAddress: '10.0.0.0', networkLength: 24 },
  });
  const linkType = 'application/vnd.org.midonet.PortLink-v1+json';
  const body = JSON.stringify({ ...stale, peerId: far.id });
  const linked = await rawRequest(String(stale['link']), 'POST', { ...AUTH, 'content-type': linkType }, body);
  assert.equal(linked.status, 201, linked.text);
  await put(h, `/ports/${String(stale['id'])}`, PORT, stale);
  assert.equal((await h.client.ports.get({ id: String(stale['id']) })).peerId, far.id);
  assert.equal((await h.client.ports.get({ id: far.id })).peerId, stale['id']);
  assert.equal((await rawRequest(String(stale['link']), 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await h.client.ports.get({ id: far.id })).peerId, null);
});

test('the two spellings of a router port address fill each other', async () => {
  await using h = await startHarness();
  const router = await post(h, '/routers', ROUTER, { name: 'r' });
  const path = `/routers/${String(router['id'])}/ports`;
  const old = await post(h, path, PORT, {
    type: 'Router',
    portAddress: '10.0.0.1',
    networkAddress: '10.0.0.0',
    networkLength: 24,
  });
  assert.deepEqual(old['portSubnet'], ['10.0.0.1/24']);
  const young = await post(h, path, PORT, { type: 'Router', portSubnet: ['10.0.1.1/24', '2001:db8::1/64'] });
  assert.deepEqual(
    [young['portAddress'], young['networkAddress'], young['networkLength']],
    ['10.0.1.1', '10.0.1.0', 24],
  );
  assert.deepEqual(young['portSubnet'], ['10.0.1.1/24', '2001:db8::1/64']);
  await put(h, `/ports/${String(young['id'])}`, PORT, { ...young, portAddress: '10.0.1.9' });
  const moved = await h.client.ports.get({ id: String(young['id']) });
  assert.deepEqual(moved.portSubnet, ['10.0.1.9/24', '2001:db8::1/64']);
  await put(h, `/ports/${moved.id}`, PORT, { ...moved, portSubnet: ['10.0.2.1/24'] });
  assert.equal((await h.client.ports.get({ id: moved.id })).portAddress, '10.0.2.1');
});

test('statuses: 404 before 406, 405, 406, 409, 415, 400, 501', async () => {
  await using h = await startHarness();
  const id = '11111111-1111-4111-8111-111111111111';
  const at = (path: string) => h.controller.url + path;
  const bridge = await post(h, '/bridges', BRIDGE, { id, name: 'b', tenantId: 't' });
  assert.equal(bridge['id'], id);
  const status = async (method: string, path: string, headers: Record<string, string> = {}, body = '{}') => {
    const answer = await rawRequest(at(path), method, { ...AUTH, ...headers }, body);
    if (answer.status >= 400) assert.equal(json(answer.text)['code'], answer.status);
    return answer.status;
  };
  const gone = '22222222-2222-4222-8222-222222222222';
  assert.equal(await status('GET', `/bridges/${gone}`, { accept: 'text/html' }), 404);
  assert.equal(await status('GET', '/bridges/not-a-uuid', { accept: BRIDGE }), 404);
  assert.equal(await status('GET', '/nowhere'), 404);
  assert.equal(await status('GET', `/bridges/${id}`, { accept: 'text/html' }), 406);
  assert.equal(await status('GET', '/bridges', { accept: BRIDGES }), 200);
  assert.equal(await status('POST', '/system_state', { 'content-type': 'application/json' }), 405);
  assert.equal(await status('POST', '/bridges', { 'content-type': BRIDGE }, JSON.stringify({ id })), 409);
  assert.equal(await status('POST', '/bridges', { 'content-type': 'text/plain' }), 415);
  assert.equal(await status('POST', '/bridges', { 'content-type': BRIDGE }, '{"name":'), 400);
  assert.equal(await status('POST', '/bridges', { 'content-type': BRIDGE }, '{"name":7}'), 400);
  assert.equal(await status('GET', '/vteps'), 501);
  assert.equal(await status('GET', `/vteps/${gone}/bindings`), 501);
});

test('lists are arrays and filter by tenant', async () => {
  await using h = await startHarness();
  await post(h, '/bridges', BRIDGE, { name: 'a', tenantId: 'one' });
  await post(h, '/bridges', BRIDGE, { name: 'b', tenantId: 'two' });
  const got = await rawRequest(`${h.controller.url}/bridges?tenant_id=one`, 'GET', { ...AUTH, accept: BRIDGES }, '{}');
  assert.equal(got.headers['content-type'], BRIDGES);
  const list = JSON.parse(got.text) as Json[];
  assert.deepEqual(
    list.map((bridge) => bridge['name']),
    ['a'],
  );
  assert.deepEqual(await h.client.ports.list({ query: { host_id: 'no/such\u0000host' } }), []);
  const tenants = await h.client.tenants.list();
  assert.deepEqual(
    tenants.map((tenant) => tenant.id),
    ['one', 'two'],
  );
});

test('what a later version would set is refused by name instead of silently ignored', async () => {
  await using h = await startHarness();
  const bridge = await post(h, '/bridges', BRIDGE, { name: 'b' });
  const body = JSON.stringify({ type: 'Bridge', serviceContainerId: '11111111-1111-4111-8111-111111111111' });
  const ports = `${h.controller.url}/bridges/${String(bridge['id'])}/ports`;
  const answer = await rawRequest(ports, 'POST', { ...AUTH, 'content-type': PORT }, body);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /serviceContainerId.*service containers are not built yet/);
});
