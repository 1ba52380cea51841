import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, ipField, neutronId, textField } from './fields.ts';

export const floatingIp = z.object({
  id: neutronId.nullish(),
  ...common,
  status: textField.nullish(),
  floating_network_id: idField<BridgeId>(),
  floating_ip_address: ipField,
  port_id: idField<PortId>().nullish(),
  fixed_ip_address: ipField.nullish(),
  router_id: idField<RouterId>().nullish(),
});
