import type { BridgeId, IpAddrGroupId, PortId, QosPolicyId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, ipField, macField, neutronId, prefixField, textField } from './fields.ts';

const fixedIp = z.object({ subnet_id: neutronId, ip_address: ipField });

export const port = z.object({
  id: idField<PortId>().nullish(),
  ...common,
  network_id: idField<BridgeId>(),
  admin_state_up: z.boolean().nullish(),
  status: textField.nullish(),
  mac_address: macField,
  fixed_ips: z.array(fixedIp).max(64).nullish(),
  device_id: textField.nullish(),
  device_owner: textField.nullish(),
  security_groups: z.array(idField<IpAddrGroupId>()).max(64).nullish(),
  port_security_enabled: z.boolean().nullish(),
  allowed_address_pairs: z
    .array(z.object({ ip_address: prefixField, mac_address: macField.nullish() }))
    .max(128)
    .nullish(),
  /** The name of a host, or its id. */
  'binding:host_id': textField.nullish(),
  'binding:profile': z.object({ interface_name: textField.nullish() }).nullish(),
  extra_dhcp_opts: z
    .array(
      z.object({
        opt_name: textField.nullish(),
        opt_value: textField.nullish(),
        ip_version: z.union([z.literal(4), z.literal(6)]).nullish(),
      }),
    )
    .max(64)
    .nullish(),
  qos_policy_id: idField<QosPolicyId>().nullish(),
  dns_name: textField.nullish(),
});

/**
 * What a port is for. `machine`: a virtual machine, or whatever else is plugged in; `balancer`: its load balancer has
 * it; `none`: an address that is kept for something, and nothing is plugged in.
 */
export type PortRole = 'machine' | 'dhcp' | 'routerInterface' | 'routerGateway' | 'balancer' | 'remoteSite' | 'none';

const ROLES: ReadonlyMap<string, PortRole> = new Map([
  ['network:dhcp', 'dhcp'],
  ['network:router_interface', 'routerInterface'],
  // Every router is distributed here, and has no single host to be replicated from.
  ['network:router_interface_distributed', 'routerInterface'],
  ['network:ha_router_replicated_interface', 'routerInterface'],
  ['network:router_gateway', 'routerGateway'],
  ['network:remote_site', 'remoteSite'],
  ['network:floatingip', 'none'],
  ['neutron:LOADBALANCER', 'none'],
  ['neutron:LOADBALANCERV2', 'balancer'],
]);

export function roleOf({ device_owner: owner }: z.output<typeof port>): PortRole {
  return ROLES.get(owner ?? '') ?? 'machine';
}

/** Whether it can be where a router is in its network. */
export function isRouted(object: z.output<typeof port>): boolean {
  return roleOf(object) === 'routerGateway' || roleOf(object) === 'routerInterface';
}
