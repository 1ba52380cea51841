import type { BridgeId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, ipField, neutronId, textField, wordField } from './fields.ts';

/** `network_vlan`: a network whose frames carry tags. The others tunnel by VXLAN. */
export const gatewayDevice = z.object({
  id: neutronId.nullish(),
  ...common,
  type: wordField('network_vlan', 'router_vtep', 'hw_vtep'),
  /** The network. */
  resource_id: idField<BridgeId>().nullish(),
  tunnel_ips: z.array(ipField).max(64).nullish(),
  management_ip: ipField.nullish(),
  management_port: z.int().min(0).max(65535).nullish(),
  management_protocol: textField.nullish(),
});

const vlan = z.int().min(0).max(0xff_ff_ff).nullish();

/** A network that goes on in a VLAN of the network of a device. */
export const l2GatewayConnection = z.object({
  id: neutronId.nullish(),
  ...common,
  network_id: idField<BridgeId>(),
  segmentation_id: vlan,
  l2_gateway_id: textField.nullish(),
  l2_gateway: z.object({
    id: textField.nullish(),
    name: textField.nullish(),
    tenant_id: textField.nullish(),
    devices: z
      .array(z.object({ id: textField.nullish(), device_id: neutronId, segmentation_id: vlan }))
      .length(1, 'must be exactly one device'),
  }),
});
