import type { HealthMonitorId, PoolId, PoolMemberId, PortId, RouterId, VipId } from '@midonet/topology';
import { z } from 'zod';
import { methodField, monitorFields, persistenceField, wordField } from './balancing-fields.ts';
import { common, idField, ipField, l4PortField, neutronId, textField } from './fields.ts';

/** Load balancers of the first kind: a pool is at a router, and has one VIP. */

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'UDP'];
const ids = z.array(neutronId).max(1024).nullish();

/** What they tell of all: texts of Neutron's own about how it goes. */
const told = {
  ...common,
  description: textField.nullish(),
  admin_state_up: z.boolean().nullish(),
  status: textField.nullish(),
  status_description: textField.nullish(),
} as const;

export const lbPool = z.object({
  id: idField<PoolId>().nullish(),
  ...told,
  /** Only told when it is made. */
  router_id: idField<RouterId>().nullish(),
  subnet_id: neutronId.nullish(),
  /** HTTP is not looked into: its connections are balanced. */
  protocol: wordField(PROTOCOLS).nullish(),
  lb_method: methodField,
  provider: textField.nullish(),
  vip_id: neutronId.nullish(),
  members: ids,
  health_monitors: ids,
});

export const lbMember = z.object({
  id: idField<PoolMemberId>().nullish(),
  ...told,
  pool_id: idField<PoolId>().nullish(),
  address: ipField,
  protocol_port: l4PortField,
  weight: z.int().min(0).max(256).nullish(),
});

export const lbVip = z.object({
  id: idField<VipId>().nullish(),
  ...told,
  subnet_id: neutronId.nullish(),
  address: ipField,
  port_id: idField<PortId>().nullish(),
  pool_id: idField<PoolId>().nullish(),
  protocol: wordField(PROTOCOLS).nullish(),
  protocol_port: l4PortField,
  connection_limit: z.int().nullish(),
  session_persistence: persistenceField,
});

export const lbHealthMonitor = z.object({
  id: idField<HealthMonitorId>().nullish(),
  ...told,
  ...monitorFields,
  /** Which have their members asked by it. */
  pools: z
    .array(
      z.object({ pool_id: idField<PoolId>(), status: textField.nullish(), status_description: textField.nullish() }),
    )
    .max(1024)
    .nullish(),
});

/** That a pool has a monitor. */
export const lbPoolHealthMonitor = z.object({
  pool_id: idField<PoolId>(),
  health_monitor_id: idField<HealthMonitorId>(),
});
