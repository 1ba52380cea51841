import type { Bridge, BridgeId } from '@midonet/topology';
import { z } from 'zod';
import { emptyList, idField, nothing, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { filterDto, filterInput, filtersOf, filtersToDto } from './filters.ts';
import { mirroredDto, mirroredInput, mirroredOf, mirroredToDto } from './mirror.ts';
import { policyOf, qosPolicyIdInput } from './qos.ts';
import { sharedDto, sharedInput, sharedOf, sharedToDto } from './shared.ts';

export const bridgeInput = z.object({
  id: idField<BridgeId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
  adminStateUp: z.boolean().nullish(),
  ...sharedInput,
  ...filterInput,
  ...mirroredInput,
  qosPolicyId: qosPolicyIdInput,
});
export type BridgeInput = z.output<typeof bridgeInput>;

export const bridgeDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  adminStateUp: z.boolean(),
  ...sharedDto,
  ...filterDto,
  ...mirroredDto,
  qosPolicyId: z.string().nullable(),
  vxLanPortId: nothing,
  vxLanPortIds: emptyList,
  /** Controllers before this one did not say it. */
  vxLanPorts: emptyList.default([]),
  traceRequestIds: z.array(z.string()),
  ports: z.string(),
  peerPorts: z.string(),
  macTable: z.string(),
  macPortTemplate: z.string(),
  vlanMacTableTemplate: z.string(),
  vlanMacPortTemplate: z.string(),
  arpTable: z.string(),
  dhcpSubnets: z.string(),
  dhcpSubnet6s: z.string(),
});
export type BridgeDto = z.output<typeof bridgeDto>;

export function newBridge(input: BridgeInput, newId: () => BridgeId): Bridge {
  return {
    kind: 'bridge',
    id: input.id ?? newId(),
    tenantId: input.tenantId ?? '',
    name: input.name ?? '',
    adminStateUp: input.adminStateUp ?? true,
    ...sharedOf(input),
    ...filtersOf(input),
    ...mirroredOf(input),
    ...policyOf(input.qosPolicyId, undefined),
  };
}

/** Fields that are absent, or null where the object must have a value, keep what they had. */
export function updateBridge(old: Bridge, input: BridgeInput): Bridge {
  return {
    ...old,
    tenantId: input.tenantId ?? old.tenantId,
    name: input.name ?? old.name,
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    ...sharedOf(input, old),
    ...filtersOf(input, old),
    ...mirroredOf(input, old),
    ...policyOf(input.qosPolicyId, old.qosPolicyId),
  };
}

export function bridgeToDto(
  bridge: Bridge,
  traceRequestIds: readonly string[],
  base: Base,
  readOnly = false,
): BridgeDto {
  const here = (...rest: string[]) => link(base, 'bridges', bridge.id, ...rest);
  return {
    id: bridge.id,
    uri: here(),
    tenantId: bridge.tenantId,
    name: bridge.name,
    adminStateUp: bridge.adminStateUp,
    ...sharedToDto(bridge, readOnly),
    ...filtersToDto(bridge, base),
    ...mirroredToDto(bridge),
    qosPolicyId: bridge.qosPolicyId ?? null,
    vxLanPortId: null,
    vxLanPortIds: [],
    vxLanPorts: [],
    traceRequestIds: [...traceRequestIds],
    ports: here('ports'),
    peerPorts: here('peer_ports'),
    macTable: here('mac_table'),
    macPortTemplate: here('mac_table', '{macAddress}_{portId}'),
    vlanMacTableTemplate: here('vlans', '{vlanId}', 'mac_table'),
    vlanMacPortTemplate: here('vlans', '{vlanId}', 'mac_table', '{macAddress}_{portId}'),
    arpTable: here('arp_table'),
    dhcpSubnets: here('dhcp'),
    dhcpSubnet6s: here('dhcpV6'),
  };
}
