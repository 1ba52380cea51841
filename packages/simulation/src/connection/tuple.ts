import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  FRAG_FIRST,
  FRAG_LATER,
  FRAG_NONE,
  type FragmentKey,
  type PacketReader,
  type Tuple,
} from '@midonet/flow';
import { fragmentId, isIcmp4Error, readQuoted } from '@midonet/packet';
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  PROTO_ICMP,
  PROTO_ICMPV6,
  PROTO_TCP,
  PROTO_UDP,
  PROTO_UNREADABLE,
} from '../answer/numbers.ts';
import type { Walk } from '../walk.ts';

/** What a packet shows of the connection it may belong to. */
export type Identity =
  | { readonly kind: 'tuple'; readonly tuple: Tuple; readonly fragment: 'no' | 'first' }
  /** An ICMP error, about a packet that went the other way: `about` is what that packet was. */
  | { readonly kind: 'error'; readonly about: Tuple }
  /** Its ports are in the packet's first fragment. */
  | { readonly kind: 'laterFragment'; readonly key: FragmentKey };

/** Undefined: connections are nothing to it (ARP, neighbour discovery, what cannot be read). */
export function identify(walk: Walk, device: string): Identity | undefined {
  const { packet } = walk;
  const type = packet.ethType();
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return undefined;
  const proto = packet.ipProto();
  if (proto === PROTO_UNREADABLE) return undefined;
  const fragment = packet.ipFrag();
  if (fragment === FRAG_LATER) {
    const key = fragmentKey(walk, device);
    return key === undefined ? undefined : { kind: 'laterFragment', key };
  }
  if (isIcmpError(packet)) {
    const about = walk.quoted ?? readQuoted(walk.bytes());
    return about === undefined ? undefined : { kind: 'error', about };
  }
  const tuple = tupleNow(packet);
  if (tuple === undefined) return undefined;
  return { kind: 'tuple', tuple, fragment: fragment === FRAG_FIRST ? 'first' : 'no' };
}

/** Not for later fragments. */
export function isIcmpError(packet: PacketReader): boolean {
  const isIp4 = packet.ethType() === ETHERTYPE_IPV4;
  if (packet.ipProto() !== (isIp4 ? PROTO_ICMP : PROTO_ICMPV6)) return false;
  const type = packet.icmpType();
  return isIp4 ? isIcmp4Error(type) : type < ICMPV6_ECHO_REQUEST;
}

/** As the packet stands now. Undefined for ICMP that belongs to no exchange. Not for later fragments. */
export function tupleNow(packet: PacketReader): Tuple | undefined {
  const proto = packet.ipProto();
  const ends = { proto, src: packet.ipSrc(), dst: packet.ipDst() };
  if (proto === PROTO_TCP || proto === PROTO_UDP)
    return { ...ends, srcPort: packet.tupleSrcPort(), dstPort: packet.tupleDstPort() };
  const side = echoSide(packet);
  if (side === undefined) return { ...ends, srcPort: 0, dstPort: 0 };
  if (side === 'none') return undefined;
  return { ...ends, srcPort: side === 'src' ? packet.icmpId() : 0, dstPort: side === 'dst' ? packet.icmpId() : 0 };
}

/** Which side an echo's identifier is on; 'none' for other ICMP, undefined for other protocols. */
export function echoSide(packet: PacketReader): 'src' | 'dst' | 'none' | undefined {
  const proto = packet.ipProto();
  const isIp4 = packet.ethType() === ETHERTYPE_IPV4;
  if (proto !== (isIp4 ? PROTO_ICMP : PROTO_ICMPV6)) return undefined;
  const type = packet.icmpType();
  if (type === (isIp4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST)) return 'src';
  return type === (isIp4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY) ? 'dst' : 'none';
}

/** Undefined when the packet is no fragment. Good for this packet only, as no field holds the identification. */
export function fragmentKey(walk: Walk, device: string): FragmentKey | undefined {
  const { packet } = walk;
  if (packet.ipFrag() === FRAG_NONE) return undefined;
  const id = fragmentId(walk.bytes(), walk.l3Offset);
  if (id === undefined) return undefined;
  return { device, proto: packet.ipProto(), src: packet.ipSrc(), dst: packet.ipDst(), id };
}
