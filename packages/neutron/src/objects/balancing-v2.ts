import type { HealthMonitorId, LoadBalancerId, PoolId, PoolMemberId, PortId, VipId } from '@midonet/topology';
import { z } from 'zod';
import { methodField, monitorFields, namesField, persistenceField, wordField } from './balancing-fields.ts';
import { common, idField, ipField, l4PortField, neutronId, textField } from './fields.ts';

/** Load balancers of the second kind: with an address of its own, its listeners, and pools. */

const told = {
  ...common,
  description: textField.nullish(),
  admin_state_up: z.boolean().nullish(),
} as const;

const protocol = wordField(['TCP', 'UDP'], 'connections are balanced; HTTP is not looked into').nullish();

export const loadBalancerV2 = z.object({
  id: idField<LoadBalancerId>().nullish(),
  ...told,
  vip_address: ipField,
  vip_subnet_id: neutronId.nullish(),
  vip_port_id: idField<PortId>().nullish(),
  provisioning_status: textField.nullish(),
  operating_status: textField.nullish(),
  provider: textField.nullish(),
  flavor_id: textField.nullish(),
  listeners: namesField<VipId>(),
  pools: namesField<PoolId>(),
});

export const listenerV2 = z.object({
  id: idField<VipId>().nullish(),
  ...told,
  protocol,
  protocol_port: l4PortField,
  connection_limit: z.int().nullish(),
  default_pool_id: idField<PoolId>().nullish(),
  loadbalancers: namesField<LoadBalancerId>(),
});

export const poolV2 = z.object({
  id: idField<PoolId>().nullish(),
  ...told,
  protocol,
  lb_algorithm: methodField,
  session_persistence: persistenceField,
  healthmonitor_id: idField<HealthMonitorId>().nullish(),
  listener_id: idField<VipId>().nullish(),
  listeners: namesField<VipId>(),
  loadbalancers: namesField<LoadBalancerId>(),
  members: namesField<PoolMemberId>(),
});

export const poolMemberV2 = z.object({
  id: idField<PoolMemberId>().nullish(),
  ...told,
  pool_id: idField<PoolId>(),
  address: ipField,
  protocol_port: l4PortField,
  weight: z.int().min(0).max(256).nullish(),
  subnet_id: neutronId.nullish(),
});

export const healthMonitorV2 = z.object({
  id: idField<HealthMonitorId>().nullish(),
  ...told,
  ...monitorFields,
  max_retries_down: z.int().nullish(),
  pools: namesField<PoolId>(),
});
