import type { BridgeId } from '@midonet/topology';
import { z } from 'zod';
import { cidrField, common, idField, ipField, neutronId, textField } from './fields.ts';

export const subnet = z.object({
  id: neutronId.nullish(),
  ...common,
  network_id: idField<BridgeId>(),
  ip_version: z.union([z.literal(4), z.literal(6)]).nullish(),
  cidr: cidrField,
  gateway_ip: ipField.nullish(),
  enable_dhcp: z.boolean().nullish(),
  dns_nameservers: z.array(ipField).max(64).nullish(),
  host_routes: z
    .array(z.object({ destination: cidrField, nexthop: ipField }))
    .max(256)
    .nullish(),
  allocation_pools: z
    .array(z.object({ start: ipField, end: ipField }))
    .max(256)
    .nullish(),
  shared: z.boolean().nullish(),
  ipv6_address_mode: textField.nullish(),
  ipv6_ra_mode: textField.nullish(),
});
