import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';

/** Load balancers as MidoNet's own clients speak about them: vendor types, links, whole stale copies. */
const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string) => `application/vnd.org.midonet.${name}+json`;

type Json = Record<string, unknown>;

async function get(uri: unknown, type: string): Promise<unknown> {
  const headers = { ...AUTH, accept: vendor(type), 'content-type': vendor(type) };
  const { status, text, headers: answered } = await rawRequest(String(uri), 'GET', headers, '{}');
  assert.deepEqual([status, answered['content-type']], [200, vendor(type)], text);
  return JSON.parse(text);
}

const list = async (uri: unknown, type: string) => (await get(uri, `collection.${type}`)) as Json[];

async function post(uri: unknown, type: string, body: object): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const created = await rawRequest(String(uri), 'POST', headers, JSON.stringify(body));
  assert.equal(created.status, 201, created.text);
  return (await get(created.headers['location'], type)) as Json;
}

async function put(object: Json, type: string, change: Json): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const body = JSON.stringify({ ...object, ...change });
  const answer = await rawRequest(String(object['uri']), 'PUT', headers, body);
  assert.equal(answer.status, 204, answer.text);
  return (await get(object['uri'], type)) as Json;
}

const remove = async (uri: unknown): Promise<number> => (await rawRequest(String(uri), 'DELETE', AUTH, '{}')).status;
const gone = async (uri: unknown): Promise<boolean> => (await rawRequest(String(uri), 'GET', AUTH)).status === 404;

test('a client walks from the root to members and VIPs by links; every field is there', async () => {
  await using h = await startHarness();
  const root = (await get(h.controller.url, 'Application-v5')) as Json;
  const balancer = await post(root['loadBalancers'], 'LoadBalancer-v1', { adminStateUp: true });
  const { id, uri } = balancer;
  const below = { pools: `${String(uri)}/pools`, vips: `${String(uri)}/vips` };
  assert.deepEqual(balancer, {
    id,
    uri,
    tenantId: '',
    adminStateUp: true,
    routerId: null,
    router: null,
    poolIds: [],
    ...below,
  });
  assert.equal(uri, String(root['loadBalancerTemplate']).replace('{id}', String(id)));
  const times = { delay: 5, timeout: 3, maxRetries: 2 };
  const monitor = await post(root['healthMonitors'], 'HealthMonitor-v1', { type: 'TCP', ...times, adminStateUp: true });
  assert.deepEqual(
    [monitor['type'], monitor['status'], monitor['poolIds'], monitor['urlPath'], monitor['delay']],
    ['TCP', 'ACTIVE', [], null, 5],
  );
  const pool = await post(balancer['pools'], 'Pool-v1', { lbMethod: 'ROUND_ROBIN', protocol: 'TCP' });
  assert.deepEqual(
    [pool['loadBalancer'], pool['healthMonitorId'], pool['healthMonitor'], pool['status'], pool['mappingStatus']],
    [uri, null, null, 'ACTIVE', 'INACTIVE'],
  );
  const member = await post(pool['poolMembers'], 'PoolMember-v1', { address: '10.0.0.2', protocolPort: 80, weight: 5 });
  assert.deepEqual([member['pool'], member['status'], member['weight']], [pool['uri'], 'ACTIVE', 5]);
  const vip = await post(pool['vips'], 'VIP-v1', { address: '192.0.2.1', protocolPort: 80 });
  assert.deepEqual(
    [vip['pool'], vip['loadBalancer'], vip['sessionPersistence'], vip['adminStateUp']],
    [pool['uri'], uri, null, true],
  );
  assert.deepEqual(await list(pool['poolMembers'], 'PoolMember-v1'), [member]);
  assert.deepEqual(await list(root['poolMembers'], 'PoolMember-v1'), [member]);
  for (const from of [balancer['vips'], pool['vips'], root['vips']])
    assert.deepEqual(await list(from, 'VIP-v1'), [vip]);
  const [listed] = await list(balancer['pools'], 'Pool-v1');
  assert.deepEqual([listed?.['poolMemberIds'], listed?.['vipIds']], [[member['id']], [vip['id']]]);
  const checked = await put(pool, 'Pool-v1', { healthMonitorId: monitor['id'] });
  assert.deepEqual([checked['healthMonitor'], checked['mappingStatus']], [monitor['uri'], 'PENDING_CREATE']);
  assert.deepEqual(
    (await list(monitor['pools'], 'Pool-v1')).map((one) => one['id']),
    [pool['id']],
  );
  assert.equal(await remove(monitor['uri']), 204);
  assert.equal(((await get(pool['uri'], 'Pool-v1')) as Json)['healthMonitorId'], null);
  assert.equal(await remove(uri), 204);
  for (const one of [balancer, pool, member, vip]) assert.ok(await gone(one['uri']));
});

test('a router takes and loses a load balancer by whole copies of the router', async () => {
  await using h = await startHarness();
  const { url } = h.controller;
  const balancer = await post(`${url}/load_balancers`, 'LoadBalancer-v1', {});
  const router = await post(`${url}/routers`, 'Router-v3', { name: 'r' });
  assert.deepEqual([router['loadBalancerId'], router['loadBalancer']], [null, null]);
  const taken = await put(router, 'Router-v3', { loadBalancerId: balancer['id'] });
  assert.deepEqual([taken['loadBalancerId'], taken['loadBalancer']], [balancer['id'], balancer['uri']]);
  const shown = (await get(balancer['uri'], 'LoadBalancer-v1')) as Json;
  assert.deepEqual([shown['routerId'], shown['router']], [router['id'], router['uri']]);
  assert.equal(await remove(router['uri']), 409);
  const written = await put(shown, 'LoadBalancer-v1', { adminStateUp: false, routerId: null });
  assert.deepEqual([written['routerId'], written['adminStateUp']], [router['id'], false], 'routerId is for reading');
  const without = await put(taken, 'Router-v3', { loadBalancerId: null });
  assert.equal(without['loadBalancerId'], null);
  assert.equal(await remove(router['uri']), 204);
});
