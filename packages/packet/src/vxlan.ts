import { read32, read8, write32 } from './bytes.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * VXLAN, RFC 7348 5: an Ethernet frame follows.
 *
 *    0        1                 4                 7        8
 *   +--------+-----------------+-----------------+--------+
 *   |....I...|  reserved       |  VNI, 24 bits   |reserved|   I: the VNI is valid
 *   +--------+-----------------+-----------------+--------+
 */
export const VXLAN_AT = { flags: 0, vni: 4 } as const;
export const VXLAN_SIZE = 8;

const VALID_VNI = 0x08;

export type Vxlan = { readonly kind: 'vxlan'; readonly vni: number };

export function vxlan(vni: number): Vxlan {
  return { kind: 'vxlan', vni };
}

/** Reserved bits are ignored as RFC 7348 asks; a header without the I flag is refused. */
export function parseVxlan(bytes: Uint8Array, offset: number, end: number): Vxlan | ParseFailure {
  if (end - offset < VXLAN_SIZE) return cutShort('vxlan', end - offset, VXLAN_SIZE);
  if ((read8(bytes, offset + VXLAN_AT.flags) & VALID_VNI) === 0) return malformed('vxlan', 'the I flag is not set');
  return { kind: 'vxlan', vni: read32(bytes, offset + VXLAN_AT.vni) >>> 8 };
}

export function emitVxlan(value: Vxlan, out: Uint8Array, offset: number): number {
  write32(out, offset + VXLAN_AT.flags, VALID_VNI * 0x1000000);
  write32(out, offset + VXLAN_AT.vni, value.vni * 0x100);
  return offset + VXLAN_SIZE;
}

export function printVxlan(value: Vxlan): string {
  return `vxlan ${value.vni}`;
}
