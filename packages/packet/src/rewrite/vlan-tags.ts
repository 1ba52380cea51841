import { read16, write16 } from '../bytes.ts';
import { ETHERNET_SIZE, ETHERTYPE } from '../ethernet.ts';
import { isVlanType, VLAN_SIZE } from '../vlan.ts';

/**
 * Tags pushed and popped. The frame changes its size, so a new one is returned; the frame given is
 * not touched. `tci` is priority, drop eligible and id as on the wire.
 */

/** A copy with an outermost 802.1Q tag. A frame cut short inside the Ethernet header comes back as it is. */
export function pushVlan(frame: Uint8Array, tci: number): Uint8Array {
  if (frame.length < ETHERNET_SIZE) return frame;
  const out = new Uint8Array(frame.length + VLAN_SIZE);
  out.set(frame.subarray(0, 12));
  write16(out, 12, ETHERTYPE.vlan);
  write16(out, 14, tci);
  out.set(frame.subarray(12), 16);
  return out;
}

/** A copy without its outermost tag; a frame that has none comes back as it is. */
export function popVlan(frame: Uint8Array): Uint8Array {
  if (frame.length < ETHERNET_SIZE + VLAN_SIZE || !isVlanType(read16(frame, 12))) return frame;
  const out = new Uint8Array(frame.length - VLAN_SIZE);
  out.set(frame.subarray(0, 12));
  out.set(frame.subarray(16), 12);
  return out;
}
