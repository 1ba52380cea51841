import {
  ethernet,
  frame,
  icmp4,
  ICMP4_SIZE,
  icmp6,
  ICMP6_SIZE,
  ipv4,
  IPV4_AT,
  IPV4_MIN_SIZE,
  ipv6,
  IPV6_AT,
  IPV6_SIZE,
  read16,
  type Icmp4Message,
  type Icmp6Message,
} from '@midonet/packet';
import type { Ip4Ends, Ip6Ends } from './ends.ts';

/** The whole error packet: as much of the original as fits (RFC 1812 4.3.2.3). */
const MAX_ERROR4_BYTES = 576;
/** The minimum IPv6 MTU (RFC 4443 2.4 (c)). */
const MAX_ERROR6_BYTES = 1280;
/** Routers send errors with precedence "internetwork control" (RFC 1812 4.3.2.5). */
const TOS_INTERNETWORK_CONTROL = 0xc0;

/** `original` starts with the offending packet's IP header; padding behind the packet is not quoted. */
export function icmp4ErrorFrame(ends: Ip4Ends, message: Icmp4Message, original: Uint8Array): Uint8Array {
  const room = MAX_ERROR4_BYTES - IPV4_MIN_SIZE - ICMP4_SIZE;
  const quoted = original.subarray(0, Math.min(read16(original, IPV4_AT.totalLength), room));
  const { src, dst } = ends;
  return frame(
    ethernet({ dst: ends.dstMac, src: ends.srcMac }),
    ipv4({ src, dst, tos: TOS_INTERNETWORK_CONTROL, dontFragment: true }),
    icmp4(message),
    quoted,
  );
}

export function icmp6ErrorFrame(ends: Ip6Ends, message: Icmp6Message, original: Uint8Array): Uint8Array {
  const room = MAX_ERROR6_BYTES - IPV6_SIZE - ICMP6_SIZE;
  const quoted = original.subarray(0, Math.min(read16(original, IPV6_AT.payloadLength) + IPV6_SIZE, room));
  const { src, dst } = ends;
  return frame(ethernet({ dst: ends.dstMac, src: ends.srcMac }), ipv6({ src, dst }), icmp6(message), quoted);
}
