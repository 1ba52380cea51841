import type { Entity } from '@midonet/topology';
import type { NeutronKind, NeutronObject } from './objects/objects.ts';
import type { NeutronReader } from './reader.ts';
import { floatingIpTopology } from './translate/floating-ip.ts';
import { networkTopology } from './translate/network.ts';
import { portTopology } from './translate/port.ts';
import { routerTopology } from './translate/router.ts';
import { securityGroupRuleTopology, securityGroupTopology } from './translate/security-group.ts';
import { subnetTopology } from './translate/subnet.ts';

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
