import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCidr, formatIp, formatMac } from '@midonet/packet';
import type { Entity, EntityKind } from '@midonet/topology';
import { id, MemoryNeutron } from '../../testing/memory-neutron.ts';
import { violationsOf } from '../violations.ts';

const NETWORK = id(1);
const SUBNET = id(2);
const GROUP = id(3);
const PORT = id(4);
const LB = id(5);
const LISTENER = id(6);
const POOL = id(7);
const MEMBER = id(8);
const MONITOR = id(9);
const MAC = 'fa:16:3e:00:00:90';
const VIP = '10.1.0.90';
const ALL = ['port', 'loadBalancerV2', 'listenerV2', 'poolV2', 'poolMemberV2', 'healthMonitorV2'] as const;

function neutron(): MemoryNeutron {
  const all = new MemoryNeutron();
  all.put('network', { id: NETWORK });
  all.put('subnet', { id: SUBNET, network_id: NETWORK, cidr: '10.1.0.0/24', gateway_ip: '10.1.0.1' });
  const fixed_ips = [{ subnet_id: SUBNET, ip_address: VIP }];
  const port = { network_id: NETWORK, mac_address: MAC, fixed_ips, security_groups: [GROUP] };
  all.put('port', { id: PORT, ...port, device_owner: 'neutron:LOADBALANCERV2', admin_state_up: false });
  return all;
}

function balanced(): MemoryNeutron {
  const all = neutron();
  all.put('loadBalancerV2', { id: LB, vip_address: VIP, vip_subnet_id: SUBNET, vip_port_id: PORT, tenant_id: 'acme' });
  const loadbalancers = [{ id: LB }];
  all.put('listenerV2', { id: LISTENER, protocol: 'TCP', protocol_port: 80, loadbalancers, default_pool_id: POOL });
  all.put('poolV2', { id: POOL, protocol: 'TCP', loadbalancers, session_persistence: { type: 'SOURCE_IP' } });
  all.put('poolMemberV2', { id: MEMBER, pool_id: POOL, address: '10.1.0.10', protocol_port: 8080 });
  all.put('healthMonitorV2', { id: MONITOR, type: 'TCP', delay: 2, timeout: 9, pools: [POOL] });
  return all;
}

function of<K extends EntityKind>(kind: K, entities: readonly Entity[]): Extract<Entity, { readonly kind: K }>[] {
  const isOf = (one: Entity): one is Extract<Entity, { readonly kind: K }> => one.kind === kind;
  return entities.filter(isOf);
}

test('the port of a VIP is a member of its groups and nothing else until there is a load balancer', async () => {
  const all = neutron();
  const kinds = async () => (await all.topology(...ALL)).map((one) => one.kind);
  assert.deepEqual(await kinds(), ['ipAddrGroupAddress']);
  all.put('poolV2', { id: POOL, loadbalancers: [LB] });
  all.put('poolMemberV2', { id: MEMBER, pool_id: POOL, address: '10.1.0.10', protocol_port: 8080 });
  assert.deepEqual(await kinds(), ['ipAddrGroupAddress']);
});

test('a load balancer is a router with one port, that of its VIP', async () => {
  const entities = await balanced().topology(...ALL);
  const [router] = of('router', entities);
  assert.deepEqual([router?.loadBalancerId, router?.tenantId], [LB, 'acme']);
  const [bridge, own] = of('port', entities).toSorted((a, b) => a.type.localeCompare(b.type));
  assert.ok(bridge?.type === 'bridge' && own?.type === 'router');
  assert.deepEqual([bridge.id, bridge.adminStateUp, bridge.outboundFilterId === undefined], [PORT, true, false]);
  assert.deepEqual([own.peerId, own.routerId, formatMac(own.mac)], [PORT, router?.id, MAC]);
  assert.deepEqual(own.addresses.map(formatCidr), [`${VIP}/24`]);
  const routes = of('route', entities).map((route) => [
    formatCidr(route.destination),
    route.type === 'normal' && route.nextHopGateway !== undefined ? formatIp(route.nextHopGateway) : '',
  ]);
  assert.deepEqual(routes, [
    ['10.1.0.0/24', ''],
    ['0.0.0.0/0', '10.1.0.1'],
  ]);
  const groups = of('ipAddrGroupAddress', entities).map((one) => [one.groupId, formatIp(one.address)]);
  assert.deepEqual(groups, [[GROUP, VIP]]);
});

test('members are asked from the address of the VIP', async () => {
  const snat = of('rule', await balanced().topology('loadBalancerV2')).find(({ type }) => type === 'snat');
  assert.ok(snat?.type === 'snat');
  const [target] = snat.targets;
  assert.deepEqual([formatIp(target?.addressFrom ?? assert.fail()), target?.portFrom], [VIP, 1024]);
});

test('a listener is a VIP with the persistence of its pool', async () => {
  const entities = await balanced().topology(...ALL);
  const [vip] = of('vip', entities);
  assert.ok(vip !== undefined);
  assert.deepEqual(
    [vip.id, vip.loadBalancerId, vip.poolId, formatIp(vip.address), vip.port, vip.sessionPersistence],
    [LISTENER, LB, POOL, VIP, 80, 'sourceIp'],
  );
  assert.equal(of('pool', entities)[0]?.healthMonitorId, MONITOR);
  assert.equal(of('healthMonitor', entities)[0]?.timeout, 2);
});

test('a pool is where its listener is when it does not say', async () => {
  const all = balanced();
  all.put('poolV2', { id: POOL, listener_id: LISTENER });
  assert.equal(of('pool', await all.topology('poolV2'))[0]?.loadBalancerId, LB);
});

test('lists of other objects may have ids, objects with ids, or whole objects', async () => {
  const all = balanced();
  for (const loadbalancers of [[LB], [{ id: LB }], [{ id: LB, name: 'lb', listeners: [] }]]) {
    all.put('poolV2', { id: POOL, loadbalancers });
    assert.equal(of('pool', await all.topology('poolV2'))[0]?.loadBalancerId, LB);
  }
  assert.throws(() => all.put('poolV2', { id: POOL, loadbalancers: ['lb'] }), /UUID/);
});

test('what cannot be is refused by the name of its member', async () => {
  const all = balanced();
  assert.throws(() => all.put('listenerV2', { id: LISTENER, protocol_port: 80, protocol: 'HTTP' }), /"protocol"/);
  assert.throws(() => all.put('poolV2', { id: POOL, lb_algorithm: 'SOURCE_IP' }), /lb_algorithm/);
  assert.throws(() => all.put('healthMonitorV2', { id: MONITOR, type: 'PING' }), /type/);
  const lb = all.put('loadBalancerV2', { id: LB, vip_address: '10.1.0.91', vip_port_id: PORT });
  assert.deepEqual(
    (await violationsOf('loadBalancerV2', lb, all)).map(({ property }) => property),
    ['vip_address'],
  );
  all.put('loadBalancerV2', { id: id(50), vip_address: VIP, vip_port_id: PORT });
  const other = { loadbalancers: [id(50)], default_pool_id: POOL };
  const listener = all.put('listenerV2', { id: LISTENER, protocol_port: 80, ...other });
  assert.deepEqual(
    (await violationsOf('listenerV2', listener, all)).map(({ property }) => property),
    ['default_pool_id'],
  );
});
