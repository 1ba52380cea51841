import {
  isExtension,
  extensionLength,
  EXTENSION,
  IP_PROTOCOL,
  MIN_ETHERTYPE,
  read16,
  read32,
  read8,
  ipv4TotalLength,
  ipv6PayloadLength,
} from '@midonet/packet';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type FlowKey } from './flow-key.ts';
import {
  ETHERTYPE_LLC,
  FRAG_FIRST,
  FRAG_LATER,
  FRAG_NONE,
  IP_DST_WORD,
  IP_SRC_WORD,
  MAX_EXTENSION_HEADERS,
  PROTO_UNREADABLE,
  VLAN_PRESENT,
} from './key-layout.ts';

export type Extraction = 'ok' | 'malformed';

const ETHERNET_BYTES = 14;
const VLAN_BYTES = 4;
const ARP_BYTES = 28;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;

const MORE_FRAGMENTS = 0x2000;
const OFFSET_BITS = 0x1fff;

/**
 * Fills `into` with the key of an Ethernet frame, exactly as the comment in `key-layout.ts` says and
 * as the eBPF program does. `length` is the frame's length on the wire; when the capture was cut it
 * may exceed `frame.length`, and headers must then lie in what was captured.
 *
 * Writes every word. On 'malformed' the contents are the layers before the bad one. Allocates
 * nothing; measured at 40 ns (TCP on IPv4) to 75 ns (IPv6 with a tag and an extension header).
 */
export function extractKey(
  frame: Uint8Array,
  length: number,
  inPort: number,
  tunnelKey: number,
  into: FlowKey,
): Extraction {
  into.fill(0);
  into[0] = inPort;
  into[1] = tunnelKey;
  const captured = length < frame.length ? length : frame.length;
  if (captured < ETHERNET_BYTES) return 'malformed';
  into[2] = read32(frame, 8);
  into[3] = read32(frame, 2);
  into[4] = ((read16(frame, 6) << 16) | read16(frame, 0)) >>> 0;
  let type = read16(frame, 12);
  let at = ETHERNET_BYTES;
  let tci = 0;
  if (isTagType(type)) {
    if (captured < at + VLAN_BYTES) return 'malformed';
    tci = read16(frame, at) | VLAN_PRESENT;
    type = read16(frame, at + 2);
    at += VLAN_BYTES;
  }
  if (type < MIN_ETHERTYPE) type = ETHERTYPE_LLC;
  into[5] = ((type << 16) | tci) >>> 0;
  switch (type) {
    case ETHERTYPE_IPV4:
      return extractIpv4(frame, at, captured, length, into);
    case ETHERTYPE_IPV6:
      return extractIpv6(frame, at, captured, length, into);
    case ETHERTYPE_ARP:
      return extractArp(frame, at, captured, into);
    default:
      return 'ok';
  }
}

function isTagType(type: number): boolean {
  return type === 0x8100 || type === 0x88a8;
}

function extractArp(frame: Uint8Array, at: number, captured: number, into: FlowKey): Extraction {
  if (captured - at < ARP_BYTES) return 'malformed';
  if (read32(frame, at) !== 0x0001_0800 || read16(frame, at + 4) !== 0x0604) return 'ok';
  into[6] = (read8(frame, at + 7) << 24) >>> 0;
  into[IP_SRC_WORD] = read32(frame, at + 14);
  into[IP_DST_WORD] = read32(frame, at + 24);
  return 'ok';
}

function extractIpv4(frame: Uint8Array, at: number, captured: number, length: number, into: FlowKey): Extraction {
  if (captured - at < IPV4_BYTES) return 'malformed';
  const first = read8(frame, at);
  const headerLength = (first & 15) * 4;
  const totalLength = ipv4TotalLength(frame, at, length - at);
  if (first >>> 4 !== 4 || headerLength < IPV4_BYTES || at + headerLength > captured) return 'malformed';
  if (totalLength < headerLength || at + totalLength > length) return 'malformed';
  const fragment = read16(frame, at + 6);
  const frag = (fragment & OFFSET_BITS) !== 0 ? FRAG_LATER : (fragment & MORE_FRAGMENTS) !== 0 ? FRAG_FIRST : FRAG_NONE;
  const protocol = read8(frame, at + 9);
  into[6] = ((protocol << 24) | (read8(frame, at + 1) << 16) | (read8(frame, at + 8) << 8) | frag) >>> 0;
  into[IP_SRC_WORD] = read32(frame, at + 12);
  into[IP_DST_WORD] = read32(frame, at + 16);
  if (frag === FRAG_LATER) return 'ok';
  const end = Math.min(at + totalLength, captured);
  const icmp = protocol === IP_PROTOCOL.icmp4;
  return icmp
    ? extractIcmp(frame, at + headerLength, end, into)
    : extractPorts(frame, at + headerLength, end, protocol, into);
}

function extractIpv6(frame: Uint8Array, start: number, captured: number, length: number, into: FlowKey): Extraction {
  if (captured - start < IPV6_BYTES) return 'malformed';
  const word = read32(frame, start);
  const packetEnd = start + IPV6_BYTES + ipv6PayloadLength(frame, start, length - start);
  if (word >>> 28 !== 6 || packetEnd > length) return 'malformed';
  const end = Math.min(packetEnd, captured);
  for (let i = 0; i < 4; i++) {
    into[IP_SRC_WORD + i] = read32(frame, start + 8 + 4 * i);
    into[IP_DST_WORD + i] = read32(frame, start + 24 + 4 * i);
  }
  let protocol = read8(frame, start + 6);
  let at = start + IPV6_BYTES;
  let frag = FRAG_NONE;
  for (let walked = 0; isExtension(protocol) && frag !== FRAG_LATER; walked++) {
    if (walked === MAX_EXTENSION_HEADERS) {
      protocol = PROTO_UNREADABLE;
      break;
    }
    if (end - at < 8) return 'malformed';
    const size = extensionLength(frame, at, protocol);
    if (size > end - at) return 'malformed';
    if (protocol === EXTENSION.fragment) {
      const offsetAndMore = read16(frame, at + 2);
      if ((offsetAndMore & 0xfff8) !== 0) frag = FRAG_LATER;
      else if ((offsetAndMore & 1) !== 0) frag = FRAG_FIRST;
    }
    protocol = read8(frame, at);
    at += size;
  }
  const tos = (word >>> 20) & 0xff;
  into[6] = ((protocol << 24) | (tos << 16) | (read8(frame, start + 7) << 8) | frag) >>> 0;
  if (frag === FRAG_LATER) return 'ok';
  const icmp = protocol === IP_PROTOCOL.icmp6;
  return icmp ? extractIcmp(frame, at, end, into) : extractPorts(frame, at, end, protocol, into);
}

function extractPorts(frame: Uint8Array, at: number, end: number, protocol: number, into: FlowKey): Extraction {
  if (protocol !== IP_PROTOCOL.tcp && protocol !== IP_PROTOCOL.udp) return 'ok';
  if (end - at < (protocol === IP_PROTOCOL.tcp ? 20 : 8)) return 'malformed';
  into[7] = read32(frame, at);
  return 'ok';
}

function extractIcmp(frame: Uint8Array, at: number, end: number, into: FlowKey): Extraction {
  if (end - at < 8) return 'malformed';
  const type = read8(frame, at);
  into[7] = ((type << 16) | read8(frame, at + 1)) >>> 0;
  const isIpv4 = (into[5] ?? 0) >>> 16 === ETHERTYPE_IPV4;
  const echo = isIpv4 ? type === 8 || type === 0 : type === 128 || type === 129;
  if (echo) into[8] = (read16(frame, at + 4) << 16) >>> 0;
  return 'ok';
}
