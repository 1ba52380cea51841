import type { BridgeDevice, BridgePort } from '@midonet/topology';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { isTrunk, type BridgeIndex } from './bridge-index.ts';

/**
 * VLANs. A plain bridge passes tags as they are and keeps a MAC table per VLAN. A VLAN-aware bridge
 * joins trunks (its exterior ports), where VLAN x is tagged, with the interior port that carries
 * `vlanId` x, where it is not: the tag is popped and pushed between them. VLANs without such a port
 * pass among trunks only. Priority (PCP) bits of a popped tag are lost, as on any access port.
 */
export function enterSegment(
  walk: Walk,
  device: BridgeDevice,
  index: BridgeIndex,
  ingress: BridgePort,
  depth: number,
): BridgeFrame | undefined {
  const vlan = walk.packet.vlanId();
  const { segments, passing } = index;
  if (ingress.vlanId !== undefined) {
    const segment = segments.get(ingress.vlanId);
    if (segment === undefined) return undefined;
    if (!walk.packet.isTagged()) return { device, index, ingress, segment, vlan: ingress.vlanId, tagged: false, depth };
    if (vlan !== ingress.vlanId) return undefined;
    return { device, index, ingress, segment, vlan, tagged: true, depth };
  }
  if (index.vlanAware && vlan !== 0 && !isTrunk(ingress)) return undefined;
  const segment = segments.get(vlan) ?? passing;
  return { device, index, ingress, segment, vlan, tagged: vlan !== 0, depth };
}

/** Brings the frame into the form of the egress port, and sends it. */
export function leaveBridge(walk: Walk, frame: BridgeFrame, port: BridgePort): Ending {
  if (!reshape(walk, frame, port)) return walk.drop('loop', frame.index.ref);
  return walk.leave(port, frame.depth + 1);
}

/** Pops or pushes the tag as the egress port has it; false when the packet carries too many already. */
export function reshape(walk: Walk, frame: BridgeFrame, port: BridgePort): boolean {
  if (frame.settled === true) return true;
  if (frame.tagged && port.vlanId !== undefined) return walk.packet.popVlan();
  if (!frame.tagged && frame.vlan !== 0 && port.vlanId === undefined) return walk.packet.pushVlan(frame.vlan);
  return true;
}
