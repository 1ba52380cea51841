import { EXTENSION, IP_PROTOCOL, read16, read8 } from '@midonet/packet';

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
/** struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset. */
export const VNET_HEADER = 10;
const NEEDS_CSUM = 1;
const GSO = { none: 0, tcp4: 1, tcp6: 4, udp: 5 } as const;

/**
 * Writes the virtio header that gives a captured frame back to the kernel as it came: frames of
 * local VMs have only the pseudo-header's sum in the checksum field, the rest was left to hardware.
 * Such a frame is told by its field being exactly that sum (completing a full checksum that equals
 * it by chance gives the same checksum again). GSO packets also get their segment size.
 */
export function writeVnetHeader(frame: Uint8Array, gsoSize: number, into: DataView, at: number): void {
  into.setBigUint64(at, 0n);
  into.setUint16(at + 8, 0);
  if (frame.length < 34) return;
  let l3 = 14;
  let type = read16(frame, 12);
  while ((type === ETHERTYPE.vlan || type === ETHERTYPE.serviceVlan) && frame.length >= l3 + 24) {
    type = read16(frame, l3 + 2);
    l3 += 4;
  }
  if (type === ETHERTYPE.ipv4) {
    if ((read16(frame, l3 + 6) & 0x3fff) !== 0) return;
    const l4 = l3 + (read8(frame, l3) & 15) * 4;
    writeL4({ frame, l4, protocol: read8(frame, l3 + 9), addresses: l3 + 12, addressBytes: 8, gsoSize, into, at });
  } else if (type === ETHERTYPE.ipv6 && frame.length >= l3 + 40) {
    // What is longer than the header can say has the length in a header behind it.
    const jumbo = read8(frame, l3 + 6) === EXTENSION.hopByHop && read16(frame, l3 + 4) === 0;
    const l4 = l3 + 40 + (jumbo ? 8 : 0);
    if (frame.length < l4) return;
    const protocol = read8(frame, jumbo ? l3 + 40 : l3 + 6);
    writeL4({ frame, l4, protocol, addresses: l3 + 8, addressBytes: 32, gsoSize, into, at });
  }
}

function writeL4(packet: {
  frame: Uint8Array;
  l4: number;
  protocol: number;
  addresses: number;
  addressBytes: 8 | 32;
  gsoSize: number;
  into: DataView;
  at: number;
}): void {
  const { frame, l4, protocol, into, at } = packet;
  const tcp = protocol === IP_PROTOCOL.tcp;
  if (!tcp && protocol !== IP_PROTOCOL.udp) return;
  const field = tcp ? 16 : 6;
  if (frame.length < l4 + field + 2) return;
  const gso = packet.gsoSize > 0;
  if (!gso && read16(frame, l4 + field) !== pseudoSum(packet)) return;
  into.setUint8(at, NEEDS_CSUM);
  into.setUint16(at + 6, l4, true);
  into.setUint16(at + 8, field, true);
  if (!gso) return;
  into.setUint8(at + 1, tcp ? (packet.addressBytes === 8 ? GSO.tcp4 : GSO.tcp6) : GSO.udp);
  into.setUint16(at + 2, l4 + (tcp ? (read8(frame, l4 + 12) >>> 4) * 4 : 8), true);
  into.setUint16(at + 4, packet.gsoSize, true);
}

/** Ones' complement sum, not inverted, of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1). */
function pseudoSum(packet: {
  frame: Uint8Array;
  l4: number;
  protocol: number;
  addresses: number;
  addressBytes: 8 | 32;
}): number {
  const { frame, addresses, addressBytes } = packet;
  const ipLength =
    addressBytes === 8 ? read16(frame, addresses - 10) - (packet.l4 - addresses + 12) : read16(frame, addresses - 4);
  let sum = packet.protocol + ipLength;
  for (let i = 0; i < addressBytes; i += 2) sum += read16(frame, addresses + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
