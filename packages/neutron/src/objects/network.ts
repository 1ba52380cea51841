import type { BridgeId, QosPolicyId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, textField } from './fields.ts';

/** Of physical networks at the edge: their ports are interfaces of hosts, and there is no bridge. */
const UPLINK = 'uplink';

export const network = z.object({
  id: idField<BridgeId>().nullish(),
  ...common,
  admin_state_up: z.boolean().nullish(),
  status: textField.nullish(),
  shared: z.boolean().nullish(),
  'router:external': z.boolean().nullish(),
  'provider:network_type': textField.nullish(),
  qos_policy_id: idField<QosPolicyId>().nullish(),
  /** Bytes of IP packet; 0 and absent: as the underlay allows. */
  mtu: z.int().min(0).max(65535).nullish(),
  port_security_enabled: z.boolean().nullish(),
});

export function isUplink(object: z.output<typeof network> | undefined): boolean {
  return object?.['provider:network_type']?.toLowerCase() === UPLINK;
}
