import { z } from 'zod';
import type { HostId, PortId } from '@midonet/topology';
import {
  cidrField,
  idField,
  interfaceField,
  ip4Field,
  macField,
  notBuiltField,
  nothing,
  prefixLengthField,
  textField,
  vlanField,
} from '../fields.ts';
import { allowedAddressesDto, allowedAddressesInput } from './allowed-addresses.ts';
import { filterDto, filterInput } from './filters.ts';
import { portMirroredDto, portMirroredInput } from './mirror.ts';
import { qosPolicyIdInput } from './qos.ts';

/**
 * MidoNet v5 knows the types Bridge and Router; older clients still say whether a port is exterior
 * or interior, which follows from its binding or peer here.
 */
export const PORT_TYPES = [
  'Bridge',
  'Router',
  'ExteriorBridge',
  'InteriorBridge',
  'ExteriorRouter',
  'InteriorRouter',
] as const;

export const portInput = z.object({
  id: idField<PortId>().nullish(),
  type: z.enum(PORT_TYPES, { error: `must be one of ${PORT_TYPES.join(', ')}` }).nullish(),
  adminStateUp: z.boolean().nullish(),
  vifId: textField.nullish(),
  hostId: idField<HostId>().nullish(),
  interfaceName: interfaceField.nullish(),
  peerId: idField<PortId>().nullish(),
  vlanId: vlanField.nullish(),
  portMac: macField.nullish(),
  portAddress: ip4Field.nullish(),
  networkAddress: ip4Field.nullish(),
  networkLength: prefixLengthField.max(32).nullish(),
  /** Interface addresses with prefix length, IPv4 and IPv6. One may also come as plain text. */
  portSubnet: z.union([z.array(cidrField).max(64), cidrField.transform((one) => [one])]).nullish(),
  ...filterInput,
  ...portMirroredInput,
  qosPolicyId: qosPolicyIdInput,
  allowedAddresses: allowedAddressesInput,
  /** Beyond MidoNet, for bridge ports: the machine behind it, as the metadata service knows it. */
  instanceId: textField.nullish(),
  serviceContainerId: notBuiltField('service containers'),
  rtrPortVni: notBuiltField('VXLAN ports of routers'),
  offRampVxlan: notBuiltField('VXLAN ports of routers'),
});
export type PortInput = z.output<typeof portInput>;

/** One shape for both kinds of port; what the other kind has is null. */
export const portDto = z.object({
  id: z.string(),
  uri: z.string(),
  type: z.enum(['Bridge', 'Router']),
  deviceId: z.string(),
  device: z.string(),
  adminStateUp: z.boolean(),
  /** The caller may look at it and not change it. */
  readOnly: z.boolean(),
  active: z.boolean(),
  tunnelKey: z.number(),
  vifId: z.string().nullable(),
  hostId: z.string().nullable(),
  host: z.string().nullable(),
  previousHostId: z.string().nullable(),
  interfaceName: z.string().nullable(),
  hostInterfacePort: z.string().nullable(),
  peerId: z.string().nullable(),
  peer: z.string().nullable(),
  link: z.string(),
  portGroups: z.string(),
  ...filterDto,
  ...portMirroredDto,
  insertionIds: z.array(z.string()),
  srvInsertionIds: z.array(z.string()),
  traceRequestIds: z.array(z.string()),
  qosPolicyId: z.string().nullable(),
  bridgeId: z.string().nullable(),
  vlanId: z.number().nullable(),
  routerId: z.string().nullable(),
  portMac: z.string().nullable(),
  portAddress: z.string().nullable(),
  networkAddress: z.string().nullable(),
  networkLength: z.number().nullable(),
  portSubnet: z.array(z.string()).nullable(),
  routeIds: z.array(z.string()).nullable(),
  rtrPortVni: z.number().nullable(),
  offRampVxlan: z.boolean().nullable(),
  serviceContainerId: nothing,
  bgpStatus: nothing,
  peeringTable: z.string().nullable(),
  allowedAddresses: allowedAddressesDto,
  instanceId: z.string().nullable(),
});
export type PortDto = z.output<typeof portDto>;

/** Clients send the whole port here; only the peer counts. */
export const portLinkInput = z.object({ peerId: idField<PortId>() });
export const portLinkDto = z.object({ uri: z.string(), portId: z.string(), peerId: z.string().nullable() });
export type PortLinkDto = z.output<typeof portLinkDto>;
