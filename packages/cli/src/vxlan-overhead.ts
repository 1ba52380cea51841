/** What VXLAN takes of the underlay's MTU: outer IP, UDP, VXLAN and the inner Ethernet header (RFC 7348, 5). */
export const VXLAN_OVERHEAD = { v4: 50, v6: 70 } as const;

/** By the family of the address that the tunnel has. */
export function vxlanOverhead(underlayAddress: string): number {
  return underlayAddress.includes(':') ? VXLAN_OVERHEAD.v6 : VXLAN_OVERHEAD.v4;
}
