import type { IpAddress, Ip6, Mac } from '../addresses.ts';
import { read16, read32, read8, write16, write32, write8, writeMac } from '../bytes.ts';
import { adjustChecksum, adjustChecksum32 } from '../checksum.ts';
import { ICMP4_AT, ICMP4_TYPE } from '../icmp4.ts';
import { ICMP6_TYPE } from '../icmp6.ts';
import { IP_PROTOCOL } from '../ip-protocol.ts';
import { IPV4_AT } from '../ipv4.ts';
import { IPV6_AT } from '../ipv6.ts';
import { upperChecksumAt } from '../upper-checksum.ts';
import { locate, type FramePlaces } from './locate.ts';

/**
 * Header fields of an Ethernet frame overwritten in place, with every checksum that covers them
 * (RFC 1624). A field the frame does not have is left alone and false returned: ports of a later
 * fragment, addresses of ARP, a frame cut short. Never throws.
 *
 * `places` comes from `locate()` on the same frame and stays valid: no write here moves anything.
 */

export function setEthSrc(frame: Uint8Array, mac: Mac): boolean {
  if (frame.length < 14) return false;
  writeMac(frame, 6, mac);
  return true;
}

export function setEthDst(frame: Uint8Array, mac: Mac): boolean {
  if (frame.length < 14) return false;
  writeMac(frame, 0, mac);
  return true;
}

/** Family must be the frame's. The first fragment's upper-layer checksum follows too. */
export function setIpSrc(frame: Uint8Array, places: FramePlaces, ip: IpAddress): boolean {
  return setAddress(frame, places, ip, { ipv4: IPV4_AT.src, ipv6: IPV6_AT.src });
}

export function setIpDst(frame: Uint8Array, places: FramePlaces, ip: IpAddress): boolean {
  return setAddress(frame, places, ip, { ipv4: IPV4_AT.dst, ipv6: IPV6_AT.dst });
}

/** Type of service or traffic class, whole octet. */
export function setIpTos(frame: Uint8Array, places: FramePlaces, tos: number): boolean {
  if (places.ipVersion === 0) return false;
  if (places.ipVersion === 6) {
    const word = read32(frame, places.ip);
    write32(frame, places.ip, ((word & 0xf00fffff) | ((tos & 255) << 20)) >>> 0);
    return true;
  }
  const before = read16(frame, places.ip);
  write8(frame, places.ip + IPV4_AT.tos, tos);
  fixIpv4Header(frame, places.ip, before, read16(frame, places.ip));
  return true;
}

/** Takes `by` off TTL or hop limit. False, with nothing written, when less than 1 would be left. */
export function decTtl(frame: Uint8Array, places: FramePlaces, by: number): boolean {
  if (places.ipVersion === 0) return false;
  const at = places.ip + (places.ipVersion === 4 ? IPV4_AT.ttl : IPV6_AT.hopLimit);
  const ttl = read8(frame, at);
  if (ttl <= by) return false;
  const before = read16(frame, places.ip + IPV4_AT.ttl);
  write8(frame, at, ttl - by);
  if (places.ipVersion === 4) fixIpv4Header(frame, places.ip, before, read16(frame, places.ip + IPV4_AT.ttl));
  return true;
}

export function setL4Src(frame: Uint8Array, places: FramePlaces, port: number): boolean {
  return setPort(frame, places, 0, port);
}

export function setL4Dst(frame: Uint8Array, places: FramePlaces, port: number): boolean {
  return setPort(frame, places, 2, port);
}

/** Identifier of an echo request or reply, both families. */
export function setIcmpId(frame: Uint8Array, places: FramePlaces, id: number): boolean {
  if (places.upper < 0 || places.ipEnd - places.upper < 8) return false;
  const type = read8(frame, places.upper);
  const isEcho4 = type === ICMP4_TYPE.echoRequest || type === ICMP4_TYPE.echoReply;
  const isEcho6 = type === ICMP6_TYPE.echoRequest || type === ICMP6_TYPE.echoReply;
  const echo =
    (places.ipVersion === 4 && places.protocol === IP_PROTOCOL.icmp4 && isEcho4) ||
    (places.ipVersion === 6 && places.protocol === IP_PROTOCOL.icmp6 && isEcho6);
  if (!echo) return false;
  const at = places.upper + ICMP4_AT.rest;
  const field = places.upper + ICMP4_AT.checksum;
  const before = read16(frame, at);
  write16(frame, at, id);
  write16(frame, field, adjustChecksum(read16(frame, field), before, id & 0xffff));
  return true;
}

function fixIpv4Header(frame: Uint8Array, ip: number, before: number, after: number): void {
  const at = ip + IPV4_AT.checksum;
  write16(frame, at, adjustChecksum(read16(frame, at), before, after));
}

type AddressAt = { readonly ipv4: number; readonly ipv6: number };

function setAddress(frame: Uint8Array, places: FramePlaces, ip: IpAddress, at: AddressAt): boolean {
  if (typeof ip === 'number') {
    if (places.ipVersion !== 4) return false;
    const field = places.ip + at.ipv4;
    const before = read32(frame, field);
    write32(frame, field, ip);
    const header = places.ip + IPV4_AT.checksum;
    write16(frame, header, adjustChecksum32(read16(frame, header), before, ip));
    fixUpper(frame, places, before, ip);
    return true;
  }
  if (places.ipVersion !== 6) return false;
  setAddress6(frame, places, ip, places.ip + at.ipv6);
  return true;
}

function setAddress6(frame: Uint8Array, places: FramePlaces, ip: Ip6, field: number): void {
  for (let i = 0; i < 4; i++) {
    const before = read32(frame, field + 4 * i);
    const after = Number((ip >> BigInt(96 - 32 * i)) & 0xffffffffn);
    write32(frame, field + 4 * i, after);
    fixUpper(frame, places, before, after);
  }
}

/** Carries a changed 32-bit word that the upper-layer checksum covers (its pseudo header, its ports). */
function fixUpper(frame: Uint8Array, places: FramePlaces, before: number, after: number): void {
  if (places.upper < 0) return;
  const field = upperChecksumAt(places.protocol);
  if (field === undefined || places.upper + field + 2 > places.ipEnd) return;
  // ICMPv6 over IPv4 and the like have no pseudo header to follow.
  if (places.protocol === IP_PROTOCOL.icmp6 && places.ipVersion !== 6) return;
  const at = places.upper + field;
  const stored = read16(frame, at);
  const isUdp = places.protocol === IP_PROTOCOL.udp;
  // RFC 768: zero means "no checksum" and stays; a computed zero is written as all ones.
  if (isUdp && stored === 0) return;
  const value = adjustChecksum32(stored, before, after);
  write16(frame, at, isUdp && value === 0 ? 0xffff : value);
}

function setPort(frame: Uint8Array, places: FramePlaces, at: number, port: number): boolean {
  const { protocol, upper } = places;
  const size = protocol === IP_PROTOCOL.tcp ? 20 : protocol === IP_PROTOCOL.udp ? 8 : 0;
  if (upper < 0 || size === 0 || places.ipEnd - upper < size) return false;
  const before = read16(frame, upper + at);
  write16(frame, upper + at, port);
  fixUpper(frame, places, before, port & 0xffff);
  return true;
}

/** `locate()` with the frame's own length, for callers with a frame that fills its array. */
export function placesOf(frame: Uint8Array, into: FramePlaces): FramePlaces {
  locate(frame, frame.length, into);
  return into;
}
