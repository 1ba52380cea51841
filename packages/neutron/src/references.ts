import { roleOf } from './objects/port.ts';
import type { NeutronKind, NeutronObject, Unit } from './objects/objects.ts';

/** That an object names another one. `must`: by a member of this name, which has to be right. */
export type Reference = Unit & { readonly must: string | undefined };

type References = { readonly [K in NeutronKind]: (object: NeutronObject<K>) => readonly (Reference | undefined)[] };

const to = (kind: NeutronKind, id: string | null | undefined, must?: string): Reference | undefined =>
  id === null || id === undefined || id === '' ? undefined : { kind, id, must };

const toAll = (kind: NeutronKind, ids: readonly string[] | null | undefined, must: string) =>
  (ids ?? []).map((id, at) => to(kind, id, `${must}.${at}`));

const REFERENCES: References = {
  network: () => [],
  subnet: ({ network_id: network }) => [to('network', network, 'network_id')],
  port: (port) => [
    to('network', port.network_id, 'network_id'),
    ...(port.fixed_ips ?? []).map(({ subnet_id: id }, at) => to('subnet', id, `fixed_ips.${at}.subnet_id`)),
    ...(port.security_groups ?? []).map((id, at) => to('securityGroup', id, `security_groups.${at}`)),
    // A gateway's router is told of later than its port.
    roleOf(port) === 'routerGateway' || roleOf(port) === 'routerInterface' ? to('router', port.device_id) : undefined,
  ],
  router: (router) => [
    to('port', router.gw_port_id, 'gw_port_id'),
    to('network', router.external_gateway_info?.network_id),
  ],
  routerInterface: ({ id, port_id: port }) => [to('router', id, 'id'), to('port', port, 'port_id')],
  floatingIp: (floating) => [
    to('network', floating.floating_network_id, 'floating_network_id'),
    to('port', floating.port_id, 'port_id'),
    to('router', floating.router_id, 'router_id'),
  ],
  securityGroup: () => [],
  securityGroupRule: (rule) => [
    to('securityGroup', rule.security_group_id, 'security_group_id'),
    to('securityGroup', rule.remote_group_id, 'remote_group_id'),
  ],
  lbPool: (pool) => [to('router', pool.router_id, 'router_id'), to('subnet', pool.subnet_id, 'subnet_id')],
  lbMember: ({ pool_id: pool }) => [to('lbPool', pool, 'pool_id')],
  lbVip: (vip) => [
    to('lbPool', vip.pool_id, 'pool_id'),
    to('subnet', vip.subnet_id, 'subnet_id'),
    to('port', vip.port_id),
  ],
  lbHealthMonitor: ({ pools }) => (pools ?? []).map(({ pool_id: id }, at) => to('lbPool', id, `pools.${at}.pool_id`)),
  loadBalancerV2: (lb) => [to('port', lb.vip_port_id, 'vip_port_id'), to('subnet', lb.vip_subnet_id, 'vip_subnet_id')],
  listenerV2: (listener) => [
    ...toAll('loadBalancerV2', listener.loadbalancers, 'loadbalancers'),
    to('poolV2', listener.default_pool_id, 'default_pool_id'),
  ],
  poolV2: (pool) => [
    ...toAll('loadBalancerV2', pool.loadbalancers, 'loadbalancers'),
    ...toAll('listenerV2', pool.listeners, 'listeners'),
    to('listenerV2', pool.listener_id, 'listener_id'),
    to('healthMonitorV2', pool.healthmonitor_id),
  ],
  poolMemberV2: (member) => [to('poolV2', member.pool_id, 'pool_id'), to('subnet', member.subnet_id)],
  healthMonitorV2: ({ pools }) => toAll('poolV2', pools, 'pools'),
  firewall: (firewall) => (firewall['add-router-ids'] ?? []).map((id, at) => to('router', id, `add-router-ids.${at}`)),
  firewallLog: ({ firewall_id: firewall, logging_resource_id: resource }) => [
    to('firewall', firewall, 'firewall_id'),
    to('loggingResource', resource, 'logging_resource_id'),
  ],
  loggingResource: () => [],
  tapService: ({ port_id: port }) => [to('port', port, 'port_id')],
  tapFlow: ({ tap_service_id: service, source_port: port }) => [
    to('tapService', service, 'tap_service_id'),
    to('port', port, 'source_port'),
  ],
  gatewayDevice: ({ resource_id: network }) => [to('network', network, 'resource_id')],
  l2GatewayConnection: ({ network_id: network, l2_gateway: { devices } }) => [
    to('network', network, 'network_id'),
    ...devices.map(({ device_id: id }, at) => to('gatewayDevice', id, `l2_gateway.devices.${at}.device_id`)),
  ],
};

/** What an object names; each once. */
export function referencesOf<K extends NeutronKind>(kind: K, object: NeutronObject<K>): readonly Reference[] {
  const found = REFERENCES[kind](object).filter((one) => one !== undefined);
  return [...new Map(found.map((one) => [`${one.kind}/${one.id}`, one])).values()];
}

/** What an object is known by: an interface of a router by its port. */
export function idOf<K extends NeutronKind>(kind: K, object: NeutronObject<K>): string {
  return kind === 'routerInterface' && 'port_id' in object && typeof object.port_id === 'string'
    ? object.port_id
    : object.id;
}

/** What goes with an object that is deleted. Neutron has most of it deleted before. */
export const CASCADES: { readonly [K in NeutronKind]?: readonly NeutronKind[] } = {
  network: ['subnet', 'port'],
  port: ['routerInterface'],
  router: ['routerInterface'],
  securityGroup: ['securityGroupRule'],
  lbPool: ['lbMember'],
  loadBalancerV2: ['listenerV2', 'poolV2'],
  poolV2: ['poolMemberV2'],
  firewall: ['firewallLog'],
  loggingResource: ['firewallLog'],
  tapService: ['tapFlow'],
};

/** What goes with the last object that names it. */
export const GOES_WITH_LAST: { readonly [K in NeutronKind]?: NeutronKind } = { firewallLog: 'loggingResource' };

/** What must be gone, or be changed, before an object can be deleted. */
export const HOLDS: { readonly [K in NeutronKind]?: readonly NeutronKind[] } = {
  securityGroup: ['port'],
  gatewayDevice: ['l2GatewayConnection'],
};
