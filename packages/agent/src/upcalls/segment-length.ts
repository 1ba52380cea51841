import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, getField, VLAN_PRESENT, type FlowKey } from '@midonet/flow';

const TCP = 6;

/**
 * Bytes of IP packet that one segment of a GSO train has on the wire: its headers and `gsoSize`
 * bytes of payload. Undefined for a packet that is no train.
 */
export function segmentLength(key: FlowKey, frame: Uint8Array, gsoSize: number): number | undefined {
  if (gsoSize === 0) return undefined;
  const l3 = (getField(key, 'vlanTci') & VLAN_PRESENT) === 0 ? 14 : 18;
  const type = getField(key, 'ethType');
  // A train with IPv6 extension headers is counted without them: it is then let through.
  const l3Length = type === ETHERTYPE_IPV4 ? ((frame[l3] ?? 0x45) & 15) * 4 : type === ETHERTYPE_IPV6 ? 40 : 0;
  const l4Length = getField(key, 'ipProto') === TCP ? ((frame[l3 + l3Length + 12] ?? 0x50) >>> 4) * 4 : 8;
  return l3Length + l4Length + gsoSize;
}
