import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { createAs as post, getAs as get, listAs as list, updateAs as put, type Json } from '../testing/vendor-walk.ts';

/** Load balancers as MidoNet's own clients speak about them: vendor types, links, whole stale copies. */
const AUTH = { 'x-auth-token': TOKEN };

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
