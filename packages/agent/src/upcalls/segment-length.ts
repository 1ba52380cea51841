import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, getField, VLAN_PRESENT, type FlowKey } from '@midonet/flow';
import { extensionLength, IPV6_SIZE, isExtension, MAX_EXTENSIONS } from '@midonet/packet';

const TCP = 6;

/**
 * Bytes of IP packet that one segment of a GSO train has on the wire: its headers and `gsoSize`
 * bytes of payload. Undefined for a packet that is no train. The same as the datapath's own count.
 */
export function segmentLength(key: FlowKey, frame: Uint8Array, gsoSize: number): number | undefined {
  if (gsoSize === 0) return undefined;
  const l3 = (getField(key, 'vlanTci') & VLAN_PRESENT) === 0 ? 14 : 18;
  const type = getField(key, 'ethType');
  const l3Length =
    type === ETHERTYPE_IPV4 ? ((frame[l3] ?? 0x45) & 15) * 4 : type === ETHERTYPE_IPV6 ? ipv6Headers(frame, l3) : 0;
  const l4Length = getField(key, 'ipProto') === TCP ? ((frame[l3 + l3Length + 12] ?? 0x50) >>> 4) * 4 : 8;
  // The hop-by-hop header that tells a long IPv6 packet's length does not go with its segments.
  const jumbo = type === ETHERTYPE_IPV6 && l3Length > IPV6_SIZE && frame[l3 + 4] === 0 && frame[l3 + 5] === 0;
  return l3Length - (jumbo ? 8 : 0) + l4Length + gsoSize;
}

function ipv6Headers(frame: Uint8Array, l3: number): number {
  let next = frame[l3 + 6] ?? 0;
  let length = IPV6_SIZE;
  for (let walked = 0; walked < MAX_EXTENSIONS && isExtension(next); walked++) {
    const at = l3 + length;
    if (at + 8 > frame.length) break;
    length += extensionLength(frame, at, next);
    next = frame[at] ?? 0;
  }
  return length;
}
