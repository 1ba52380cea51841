import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIp, formatMac } from '@midonet/packet';
import type { Entity, EntityKind } from '@midonet/topology';
import { id, MemoryNeutron } from '../../testing/memory-neutron.ts';
import { differenceOf } from '../difference.ts';

const NETWORK = id(1);
const SUBNET = id(2);
const OUTSIDE = id(3);
const OUTSIDE_SUBNET = id(4);
const ROUTER = id(10);
const LEG = id(11);
const GATEWAY = id(12);
const POOL = id(20);
const MEMBER = id(21);
const VIP = id(22);
const MONITOR = id(23);
const LEG_MAC = 'fa:16:3e:00:00:01';
const GATEWAY_MAC = 'fa:16:3e:00:00:02';
const CHECKS = { type: 'TCP', delay: 5, timeout: 3, max_retries: 3 } as const;
const ALL = ['router', 'lbPool', 'lbMember', 'lbVip', 'lbHealthMonitor', 'floatingIp'] as const;

/** A router between 10.1.0.0/24 and the outside, 203.0.113.0/24. */
function neutron(): MemoryNeutron {
  const all = new MemoryNeutron();
  all.put('network', { id: NETWORK });
  all.put('subnet', { id: SUBNET, network_id: NETWORK, cidr: '10.1.0.0/24', gateway_ip: '10.1.0.1' });
  all.put('network', { id: OUTSIDE, 'router:external': true });
  all.put('subnet', { id: OUTSIDE_SUBNET, network_id: OUTSIDE, cidr: '203.0.113.0/24', gateway_ip: '203.0.113.1' });
  const port = (subnet_id: string, ip_address: string) => ({
    device_id: ROUTER,
    fixed_ips: [{ subnet_id, ip_address }],
  });
  const leg = { ...port(SUBNET, '10.1.0.1'), mac_address: LEG_MAC, device_owner: 'network:router_interface' };
  all.put('port', { id: LEG, network_id: NETWORK, ...leg });
  const gateway = { ...port(OUTSIDE_SUBNET, '203.0.113.5'), mac_address: GATEWAY_MAC };
  all.put('port', { id: GATEWAY, network_id: OUTSIDE, ...gateway, device_owner: 'network:router_gateway' });
  all.put('router', { id: ROUTER, tenant_id: 'acme', gw_port_id: GATEWAY });
  all.put('routerInterface', { id: ROUTER, port_id: LEG });
  return all;
}

function balanced(): MemoryNeutron {
  const all = neutron();
  all.put('lbPool', { id: POOL, name: 'web', subnet_id: SUBNET, router_id: ROUTER, protocol: 'HTTP' });
  all.put('lbMember', { id: MEMBER, pool_id: POOL, address: '10.1.0.10', protocol_port: 8080, weight: 2 });
  const vip = { pool_id: POOL, subnet_id: OUTSIDE_SUBNET, address: '203.0.113.80', protocol_port: 80 };
  all.put('lbVip', { id: VIP, ...vip, session_persistence: { type: 'SOURCE_IP' } });
  all.put('lbHealthMonitor', { id: MONITOR, ...CHECKS, pools: [{ pool_id: POOL }] });
  return all;
}

function of<K extends EntityKind>(kind: K, entities: readonly Entity[]): Extract<Entity, { readonly kind: K }>[] {
  const isOf = (one: Entity): one is Extract<Entity, { readonly kind: K }> => one.kind === kind;
  return entities.filter(isOf);
}

/** Of load balancers: answers for addresses of which the router has no port. */
function told(entities: readonly Entity[]): string[] {
  return of('staticArp', entities).map(({ bridgeId, ip, mac }) => `${bridgeId} ${formatIp(ip)} ${formatMac(mac)}`);
}

test('the pools of a router are one load balancer of it, with the ids of Neutron', async () => {
  const entities = await balanced().topology(...ALL);
  const [balancer] = of('loadBalancer', entities);
  const [router] = of('router', entities);
  assert.deepEqual([balancer?.tenantId, router?.loadBalancerId], ['acme', balancer?.id]);
  const [pool] = of('pool', entities);
  assert.deepEqual(
    [pool?.id, pool?.name, pool?.loadBalancerId, pool?.protocol, pool?.healthMonitorId],
    [POOL, 'web', balancer?.id, 'tcp', MONITOR],
  );
  const [member] = of('poolMember', entities);
  assert.deepEqual([member?.id, member?.poolId, member?.port, member?.weight], [MEMBER, POOL, 8080, 2]);
  const [vip] = of('vip', entities);
  assert.deepEqual(
    [vip?.id, vip?.poolId, vip?.loadBalancerId, vip?.port, vip?.sessionPersistence],
    [VIP, POOL, balancer?.id, 80, 'sourceIp'],
  );
});

test('a VIP is answered for in its network, by the port that the router has there', async () => {
  const all = balanced();
  assert.deepEqual(told(await all.topology('router')), [`${OUTSIDE} 203.0.113.80 ${GATEWAY_MAC}`]);
  const inside = { pool_id: POOL, subnet_id: SUBNET, address: '10.1.0.80' };
  all.put('lbVip', { id: VIP, ...inside, protocol_port: 80 });
  all.put('lbVip', { id: id(99), ...inside, protocol_port: 443 });
  assert.deepEqual(told(await all.topology('router')), [`${NETWORK} 10.1.0.80 ${LEG_MAC}`]);
});

test('what is balanced back into a network comes from the router there', async () => {
  const all = balanced();
  const sources = async (): Promise<string[]> =>
    of('rule', await all.topology('router')).flatMap((rule) =>
      rule.type === 'snat' && rule.condition.nwDstRewritten === true
        ? rule.targets.map((target) => `${formatIp(target.addressFrom)} ${target.portFrom}`)
        : [],
    );
  assert.deepEqual(await sources(), ['203.0.113.5 1024', '10.1.0.1 1024']);
  all.delete('lbPool', POOL);
  assert.deepEqual(await sources(), []);
});

test('what is not complete is kept and is nothing in the topology', async () => {
  const all = balanced();
  all.put('lbPool', { id: POOL, subnet_id: SUBNET });
  const kinds = (await all.topology('lbPool', 'lbMember', 'lbVip')).map(({ kind }) => kind);
  assert.deepEqual(kinds, []);
  assert.deepEqual(of('router', await all.topology('router'))[0]?.loadBalancerId, undefined);
});

test('the floating IP of a VIP is a VIP itself', async () => {
  const all = balanced();
  const port_id = id(30);
  const fixed_ips = [{ subnet_id: SUBNET, ip_address: '10.1.0.80' }];
  const port = { network_id: NETWORK, mac_address: 'fa:16:3e:00:00:80', device_owner: 'neutron:LOADBALANCER' };
  all.put('port', { id: port_id, ...port, fixed_ips });
  all.put('lbVip', { id: VIP, pool_id: POOL, subnet_id: SUBNET, address: '10.1.0.80', port_id, protocol_port: 80 });
  const floating = { floating_network_id: OUTSIDE, floating_ip_address: '203.0.113.99', port_id, router_id: ROUTER };
  all.put('floatingIp', { id: id(31), ...floating });
  const vips = of('vip', await all.topology('floatingIp')).map((one) => [formatIp(one.address), one.port, one.poolId]);
  assert.deepEqual(vips, [['203.0.113.99', 80, POOL]]);
});

test('a health monitor waits no longer than until the next check', async () => {
  const all = new MemoryNeutron();
  all.put('lbHealthMonitor', { id: MONITOR, ...CHECKS, timeout: 30 });
  const http = { url_path: '/health', expected_codes: '200-204,301' };
  all.put('lbHealthMonitor', { id: id(24), ...CHECKS, type: 'http', ...http });
  const [tcp, asked] = of('healthMonitor', await all.topology('lbHealthMonitor'));
  assert.deepEqual([tcp?.type, tcp?.delay, tcp?.timeout, tcp?.maxRetries], ['tcp', 5, 5, 3]);
  assert.ok(asked?.type === 'http');
  assert.equal(asked.path, '/health');
  assert.deepEqual(asked.expectedCodes, [
    { start: 200, end: 204 },
    { start: 301, end: 301 },
  ]);
});

test('what cannot be is refused by the name of its member', () => {
  const all = new MemoryNeutron();
  assert.throws(() => all.put('lbPool', { id: POOL, protocol: 'SCTP' }), /protocol/);
  assert.throws(() => all.put('lbPool', { id: POOL, lb_method: 'LEAST_CONNECTIONS' }), /lb_method/);
  assert.throws(() => all.put('lbHealthMonitor', { id: MONITOR, type: 'PING' }), /type/);
  const vip = { address: '10.1.0.80', protocol_port: 80, session_persistence: { type: 'HTTP_COOKIE' } };
  assert.throws(() => all.put('lbVip', { id: VIP, ...vip }), /session_persistence/);
});

test('a pool that another router gets is made again, with its members and its VIP', async () => {
  const all = balanced();
  const before = await all.topology(...ALL);
  all.put('router', { id: id(50), tenant_id: 'acme' });
  all.put('lbPool', { id: POOL, subnet_id: SUBNET, router_id: id(50) });
  const { moved, made, gone } = differenceOf(before, await all.topology(...ALL));
  const kinds = (entities: readonly Entity[]): string[] => entities.map(({ kind }) => kind);
  assert.deepEqual(kinds(moved), ['vip', 'poolMember', 'pool']);
  const balancing = ['loadBalancer', 'pool', 'poolMember', 'vip'];
  assert.deepEqual(
    kinds(made).filter((kind) => balancing.includes(kind)),
    balancing,
  );
  assert.equal(kinds(gone)[0], 'loadBalancer');
});
