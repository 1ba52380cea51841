import type { Entity } from '@midonet/topology';
import type { NeutronKind, NeutronObject } from './objects/objects.ts';
import type { NeutronReader } from './reader.ts';
import { lbHealthMonitorTopology, lbMemberTopology, lbPoolTopology, lbVipTopology } from './translate/balancing.ts';
import {
  healthMonitorV2Topology,
  listenerV2Topology,
  loadBalancerV2Topology,
  poolMemberV2Topology,
  poolV2Topology,
} from './translate/balancing-v2.ts';
import { firewallLogTopology, loggingResourceTopology } from './translate/firewall-log.ts';
import { firewallTopology } from './translate/firewall.ts';
import { floatingIpTopology } from './translate/floating-ip.ts';
import { l2GatewayConnectionTopology } from './translate/l2-gateway.ts';
import { networkTopology } from './translate/network.ts';
import { portTopology } from './translate/port.ts';
import { routerTopology } from './translate/router.ts';
import { securityGroupRuleTopology, securityGroupTopology } from './translate/security-group.ts';
import { subnetTopology } from './translate/subnet.ts';
import { tapServiceTopology } from './translate/tap.ts';

type Translators = {
  readonly [K in NeutronKind]: (
    object: NeutronObject<K>,
    read: NeutronReader,
  ) => readonly Entity[] | Promise<readonly Entity[]>;
};

const TRANSLATORS: Translators = {
  network: networkTopology,
  subnet: subnetTopology,
  port: portTopology,
  router: routerTopology,
  // The router's own translation has its ports.
  routerInterface: () => [],
  floatingIp: floatingIpTopology,
  securityGroup: securityGroupTopology,
  securityGroupRule: securityGroupRuleTopology,
  lbPool: lbPoolTopology,
  lbMember: lbMemberTopology,
  lbVip: lbVipTopology,
  lbHealthMonitor: lbHealthMonitorTopology,
  loadBalancerV2: loadBalancerV2Topology,
  listenerV2: listenerV2Topology,
  poolV2: poolV2Topology,
  poolMemberV2: poolMemberV2Topology,
  healthMonitorV2: healthMonitorV2Topology,
  firewall: firewallTopology,
  firewallLog: firewallLogTopology,
  loggingResource: loggingResourceTopology,
  tapService: tapServiceTopology,
  // Ports show their packets to the service.
  tapFlow: () => [],
  // Connections have the ports.
  gatewayDevice: () => [],
  l2GatewayConnection: l2GatewayConnectionTopology,
};

/**
 * What an object of Neutron's is in the topology: it alone, in no order. Two objects may give the same
 * address of a group, and nothing else.
 */
export async function topologyOf<K extends NeutronKind>(
  kind: K,
  object: NeutronObject<K>,
  read: NeutronReader,
): Promise<readonly Entity[]> {
  return TRANSLATORS[kind](object, read);
}
