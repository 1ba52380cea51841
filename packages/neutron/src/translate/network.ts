import type { Bridge, Entity } from '@midonet/topology';
import { tenantOf } from '../objects/fields.ts';
import { isUplink } from '../objects/network.ts';
import type { Network } from '../objects/objects.ts';

/** A network is a bridge; an uplink network is nothing but a name for interfaces of hosts. */
export function networkTopology(network: Network): readonly Entity[] {
  if (isUplink(network)) return [];
  const bridge: Bridge = {
    kind: 'bridge',
    id: network.id,
    tenantId: tenantOf(network),
    name: network.name ?? '',
    adminStateUp: network.admin_state_up ?? true,
    shared: network.shared === true ? true : undefined,
    qosPolicyId: network.qos_policy_id ?? undefined,
  };
  return [bridge];
}
