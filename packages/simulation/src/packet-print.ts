import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type PacketReader } from '@midonet/flow';
import { formatIp, formatMac } from '@midonet/packet';
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_TCP, PROTO_UDP } from './answer/numbers.ts';

/**
 * One line of the packet as it stands, for trace steps. It reads everything, but aside: explaining a
 * packet must not narrow its flow.
 */
export function printPacket(packet: PacketReader): string {
  return packet.aside(
    () => `${formatMac(packet.ethSrc())} > ${formatMac(packet.ethDst())}${printTag(packet)} ${printNetwork(packet)}`,
  );
}

function printTag(packet: PacketReader): string {
  return packet.isTagged() ? ` vlan ${packet.vlanId()}` : '';
}

function printNetwork(packet: PacketReader): string {
  const type = packet.ethType();
  const ends = (): string => `${formatIp(packet.ipSrc())} > ${formatIp(packet.ipDst())}`;
  if (type === ETHERTYPE_ARP) {
    return `ARP ${packet.ipProto() === 1 ? 'request' : 'reply'} ${ends()}`;
  }
  if (type === ETHERTYPE_IPV4) return `IPv4 ${ends()} ttl ${packet.ipTtl()} ${printTransport(packet)}`;
  if (type === ETHERTYPE_IPV6) return `IPv6 ${ends()} hop limit ${packet.ipTtl()} ${printTransport(packet)}`;
  return `type 0x${type.toString(16).padStart(4, '0')}`;
}

function printTransport(packet: PacketReader): string {
  const proto = packet.ipProto();
  if (packet.ipFrag() === 2) return `proto ${proto} later fragment`;
  if (proto === PROTO_TCP) return `TCP ${packet.l4Src()} > ${packet.l4Dst()}`;
  if (proto === PROTO_UDP) return `UDP ${packet.l4Src()} > ${packet.l4Dst()}`;
  if (proto === PROTO_ICMP) return `ICMP type ${packet.icmpType()} code ${packet.icmpCode()}`;
  if (proto === PROTO_ICMPV6) return `ICMPv6 type ${packet.icmpType()} code ${packet.icmpCode()}`;
  return `proto ${proto}`;
}
