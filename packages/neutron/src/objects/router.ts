import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { cidrField, common, idField, ipField, neutronId, textField } from './fields.ts';

export const router = z.object({
  id: idField<RouterId>().nullish(),
  ...common,
  admin_state_up: z.boolean().nullish(),
  status: textField.nullish(),
  gw_port_id: idField<PortId>().nullish(),
  external_gateway_info: z
    .object({
      network_id: idField<BridgeId>().nullish(),
      enable_snat: z.boolean().nullish(),
      external_fixed_ips: z
        .array(z.object({ subnet_id: neutronId.nullish(), ip_address: ipField.nullish() }))
        .max(64)
        .nullish(),
    })
    .nullish(),
  routes: z
    .array(z.object({ destination: cidrField, nexthop: ipField }))
    .max(1024)
    .nullish(),
});

/** A port of a network that a router has as an interface; known by the id of the port. */
export const routerInterface = z.object({
  /** Of the router. */
  id: idField<RouterId>().nullish(),
  port_id: idField<PortId>(),
  subnet_id: neutronId.nullish(),
  subnet_ids: z.array(neutronId).max(64).nullish(),
  network_id: idField<BridgeId>().nullish(),
  tenant_id: textField.nullish(),
  project_id: textField.nullish(),
});
