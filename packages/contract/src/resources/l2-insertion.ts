import { formatMac } from '@midonet/packet';
import type { BridgeId, L2Insertion, L2InsertionId, PortId } from '@midonet/topology';
import { z } from 'zod';
import { idField, macField, vlanField } from '../fields.ts';
import { link, type Base } from '../links.ts';

const position = z.int().min(0).max(0x7fffffff);

const common = {
  /** Tag of frames at the service port; 0: they go there as they are. */
  vlan: vlanField.nullish(),
  /** The lowest is next to the machine; a MAC has one insertion at a position. */
  position: position.nullish(),
  failOpen: z.boolean().nullish(),
} as const;

export const l2InsertionInput = z.object({
  id: idField<L2InsertionId>().nullish(),
  portId: idField<PortId>(),
  srvPortId: idField<PortId>(),
  mac: macField,
  ...common,
});
export type L2InsertionInput = z.output<typeof l2InsertionInput>;

export const l2InsertionUpdate = z.object({
  portId: idField<PortId>().nullish(),
  srvPortId: idField<PortId>().nullish(),
  mac: macField.nullish(),
  ...common,
});
export type L2InsertionUpdate = z.output<typeof l2InsertionUpdate>;

export const l2InsertionDto = z.object({
  id: z.string(),
  uri: z.string(),
  portId: z.string(),
  port: z.string(),
  srvPortId: z.string(),
  srvPort: z.string(),
  vlan: z.number(),
  position: z.number(),
  failOpen: z.boolean(),
  mac: z.string(),
});
export type L2InsertionDto = z.output<typeof l2InsertionDto>;

/** The bridges of the two ports. */
export type InsertionBridges = { readonly bridgeId: BridgeId; readonly srvBridgeId: BridgeId };

/** Of insertions that do not say where they are. */
const FIRST_POSITION = 1;

export function newL2Insertion(
  input: L2InsertionInput,
  bridges: InsertionBridges,
  newId: () => L2InsertionId,
): L2Insertion {
  const { id, portId, srvPortId, mac } = input;
  return {
    kind: 'l2Insertion',
    id: id ?? newId(),
    portId,
    srvPortId,
    mac,
    ...bridges,
    vlan: input.vlan ?? 0,
    position: input.position ?? FIRST_POSITION,
    failOpen: input.failOpen ?? false,
  };
}

export function updateL2Insertion(old: L2Insertion, input: L2InsertionUpdate, bridges: InsertionBridges): L2Insertion {
  return {
    ...old,
    ...bridges,
    portId: input.portId ?? old.portId,
    srvPortId: input.srvPortId ?? old.srvPortId,
    mac: input.mac ?? old.mac,
    vlan: input.vlan ?? old.vlan,
    position: input.position ?? old.position,
    failOpen: input.failOpen ?? old.failOpen,
  };
}

export function l2InsertionToDto(one: L2Insertion, base: Base): L2InsertionDto {
  const { id, portId, srvPortId, vlan, position: at, failOpen, mac } = one;
  return {
    id,
    uri: link(base, 'l2insertions', id),
    portId,
    port: link(base, 'ports', portId),
    srvPortId,
    srvPort: link(base, 'ports', srvPortId),
    vlan,
    position: at,
    failOpen,
    mac: formatMac(mac),
  };
}
