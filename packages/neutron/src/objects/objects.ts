import type { z } from 'zod';
import { lbHealthMonitor, lbMember, lbPool, lbVip } from './balancing.ts';
import { healthMonitorV2, listenerV2, loadBalancerV2, poolMemberV2, poolV2 } from './balancing-v2.ts';
import { firewall, firewallLog, loggingResource } from './firewall.ts';
import { floatingIp } from './floating-ip.ts';
import { gatewayDevice, l2GatewayConnection } from './l2-gateway.ts';
import { network } from './network.ts';
import { port } from './port.ts';
import { router, routerInterface } from './router.ts';
import { securityGroup, securityGroupRule } from './security-group.ts';
import { subnet } from './subnet.ts';
import { tapFlow, tapService } from './tap.ts';

/** Every kind of object that OpenStack's Neutron tells of, as it is on the wire and in the store. */
export const NEUTRON_SCHEMAS = {
  network,
  subnet,
  port,
  router,
  routerInterface,
  floatingIp,
  securityGroup,
  securityGroupRule,
  lbPool,
  lbMember,
  lbVip,
  lbHealthMonitor,
  loadBalancerV2,
  listenerV2,
  poolV2,
  poolMemberV2,
  healthMonitorV2,
  firewall,
  firewallLog,
  loggingResource,
  tapService,
  tapFlow,
  gatewayDevice,
  l2GatewayConnection,
} as const;

export type NeutronKind = keyof typeof NEUTRON_SCHEMAS;
type Decoded<K extends NeutronKind> = z.output<(typeof NEUTRON_SCHEMAS)[K]>;
/** An object that is stored: it has an id. */
export type NeutronObject<K extends NeutronKind> = Omit<Decoded<K>, 'id'> & {
  readonly id: NonNullable<Decoded<K>['id']>;
};
export type Network = NeutronObject<'network'>;
export type Subnet = NeutronObject<'subnet'>;
export type NeutronPort = NeutronObject<'port'>;
export type NeutronRouter = NeutronObject<'router'>;
export type RouterInterface = NeutronObject<'routerInterface'>;
export type FloatingIp = NeutronObject<'floatingIp'>;
export type SecurityGroup = NeutronObject<'securityGroup'>;
export type SecurityGroupRule = NeutronObject<'securityGroupRule'>;
export type LbPool = NeutronObject<'lbPool'>;
export type LbMember = NeutronObject<'lbMember'>;
export type LbVip = NeutronObject<'lbVip'>;
export type LbHealthMonitor = NeutronObject<'lbHealthMonitor'>;
export type LoadBalancerV2 = NeutronObject<'loadBalancerV2'>;
export type ListenerV2 = NeutronObject<'listenerV2'>;
export type PoolV2 = NeutronObject<'poolV2'>;
export type PoolMemberV2 = NeutronObject<'poolMemberV2'>;
export type HealthMonitorV2 = NeutronObject<'healthMonitorV2'>;
export type Firewall = NeutronObject<'firewall'>;
export type FirewallLog = NeutronObject<'firewallLog'>;
export type NeutronLoggingResource = NeutronObject<'loggingResource'>;
export type TapService = NeutronObject<'tapService'>;
export type TapFlow = NeutronObject<'tapFlow'>;
export type GatewayDevice = NeutronObject<'gatewayDevice'>;
export type L2GatewayConnection = NeutronObject<'l2GatewayConnection'>;

/** One of them by name. */
export type Unit = { readonly kind: NeutronKind; readonly id: string };
