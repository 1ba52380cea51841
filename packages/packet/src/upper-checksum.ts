import { read16, read8, write16 } from './bytes.ts';
import { checksumOf, foldSum, pseudoHeaderSum, sumWords } from './checksum.ts';
import { ICMP6_AT } from './icmp6.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { IPV4_AT } from './ipv4.ts';
import { IPV6_AT } from './ipv6.ts';
import { TCP_AT } from './tcp.ts';
import { UDP_AT } from './udp.ts';

/** Checksums of TCP, UDP and ICMPv6 over their pseudo header (RFC 9293 3.1, RFC 8200 8.1). */

/** Where a packet's parts are: its IP header, the upper-layer header, the end of the IP packet. */
export type UpperPlace = { readonly ip: number; readonly upper: number; readonly end: number };

/** Offset of the checksum in the upper-layer header; undefined when the protocol has none with pseudo header. */
export function upperChecksumAt(protocol: number): number | undefined {
  switch (protocol) {
    case IP_PROTOCOL.tcp:
      return TCP_AT.checksum;
    case IP_PROTOCOL.udp:
      return UDP_AT.checksum;
    case IP_PROTOCOL.icmp6:
      return ICMP6_AT.checksum;
    default:
      return undefined;
  }
}

function sumOf(bytes: Uint8Array, place: UpperPlace, protocol: number): number {
  const length = place.end - place.upper;
  const isIpv4 = read8(bytes, place.ip) >>> 4 === 4;
  const addresses = place.ip + (isIpv4 ? IPV4_AT.src : IPV6_AT.src);
  const pseudo = pseudoHeaderSum(bytes, addresses, isIpv4 ? 8 : 32, { protocol, length });
  return sumWords(bytes, place.upper, place.end, pseudo);
}

/** Computes and stores the checksum of an unfragmented packet; does nothing for other protocols. */
export function fillUpperChecksum(bytes: Uint8Array, place: UpperPlace, protocol: number): void {
  const field = upperChecksumAt(protocol);
  if (field === undefined || place.upper + field + 2 > place.end) return;
  write16(bytes, place.upper + field, 0);
  const value = checksumOf(sumOf(bytes, place, protocol));
  // RFC 768: a computed zero is sent as all ones, zero means "none".
  write16(bytes, place.upper + field, protocol === IP_PROTOCOL.udp && value === 0 ? 0xffff : value);
}

/** True when the stored checksum is right, or is UDP's "none". */
export function upperChecksumOk(bytes: Uint8Array, place: UpperPlace, protocol: number): boolean {
  const field = upperChecksumAt(protocol);
  if (field === undefined) return true;
  if (protocol === IP_PROTOCOL.udp && read16(bytes, place.upper + field) === 0) return true;
  return foldSum(sumOf(bytes, place, protocol)) === 0xffff;
}
