import { formatIp4, type Ip4 } from './addresses.ts';
import { ipv4TotalLength } from './big-tcp.ts';
import { read16, read8, readIp4, write16, write8, writeBytes, writeIp4 } from './bytes.ts';
import { checksum, foldSum, sumWords } from './checksum.ts';
import { printProtocol } from './ip-protocol.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * IPv4, RFC 791 3.1; the type of service octet is DSCP and ECN (RFC 2474, RFC 3168).
 *
 *    0        1        2        3        4
 *   +----+----+--------+-----------------+
 *   | 4  |ihl |  tos   |  total length   |
 *   +----+----+--------+--+--------------+
 *   |  identification  |0DM|frag offset  |   D don't fragment, M more fragments, offset in 8 bytes
 *   +--------+---------+--+--------------+
 *   |  ttl   |protocol | header checksum |
 *   +--------+---------+-----------------+
 *   |  source address                    |
 *   |  destination address               |
 *   |  options, padded to 4 bytes        |
 *   +------------------------------------+
 */
export const IPV4_AT = {
  version: 0,
  tos: 1,
  totalLength: 2,
  id: 4,
  fragment: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  src: 12,
  dst: 16,
  options: 20,
} as const;
export const IPV4_MIN_SIZE = 20;
export const IPV4_MAX_SIZE = 60;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;

export type Ipv4 = {
  readonly kind: 'ipv4';
  readonly tos: number;
  /** Header and payload, bytes. */
  readonly totalLength: number;
  readonly id: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Bytes, a multiple of 8. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly src: Ip4;
  readonly dst: Ip4;
  /** As on the wire, a multiple of 4 bytes, at most 40; `ipv4Options` reads them. */
  readonly options: Uint8Array;
};

/** For composing: total length and protocol are filled in from what follows. */
export function ipv4(fields: { readonly src: Ip4; readonly dst: Ip4 } & Partial<Ipv4>): Ipv4 {
  return {
    tos: 0,
    totalLength: 0,
    id: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 0,
    options: new Uint8Array(0),
    ...fields,
    kind: 'ipv4',
  };
}

/** Quoted packets (in ICMP errors) are cut short: with `quoted` the total length may pass the end. */
export function parseIpv4(bytes: Uint8Array, offset: number, end: number, quoted = false): Ipv4 | ParseFailure {
  const have = end - offset;
  if (have < IPV4_MIN_SIZE) return cutShort('ipv4', have, IPV4_MIN_SIZE);
  const version = read8(bytes, offset) >>> 4;
  if (version !== 4) return malformed('ipv4', `version ${version}`);
  const headerLength = (read8(bytes, offset) & 15) * 4;
  if (headerLength < IPV4_MIN_SIZE) return malformed('ipv4', `header length ${headerLength}, less than 20`);
  if (headerLength > have) return cutShort('ipv4', have, headerLength);
  const totalLength = ipv4TotalLength(bytes, offset, have);
  if (totalLength < headerLength) {
    return malformed('ipv4', `total length ${totalLength}, less than the header's ${headerLength}`);
  }
  if (totalLength > have && !quoted) return malformed('ipv4', `total length ${totalLength} in ${have} bytes`);
  const fragment = read16(bytes, offset + IPV4_AT.fragment);
  return {
    kind: 'ipv4',
    tos: read8(bytes, offset + IPV4_AT.tos),
    totalLength,
    id: read16(bytes, offset + IPV4_AT.id),
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    ttl: read8(bytes, offset + IPV4_AT.ttl),
    protocol: read8(bytes, offset + IPV4_AT.protocol),
    src: readIp4(bytes, offset + IPV4_AT.src),
    dst: readIp4(bytes, offset + IPV4_AT.dst),
    options: bytes.slice(offset + IPV4_AT.options, offset + headerLength),
  };
}

export function ipv4Size(value: Ipv4): number {
  return IPV4_MIN_SIZE + ((value.options.length + 3) & ~3);
}

/** Writes the header with its checksum; options are padded with end-of-list. */
export function emitIpv4(value: Ipv4, out: Uint8Array, offset: number): number {
  const size = ipv4Size(value);
  const flags = (value.dontFragment ? DONT_FRAGMENT : 0) | (value.moreFragments ? MORE_FRAGMENTS : 0);
  write8(out, offset, 0x40 | (size / 4));
  write8(out, offset + IPV4_AT.tos, value.tos);
  write16(out, offset + IPV4_AT.totalLength, value.totalLength);
  write16(out, offset + IPV4_AT.id, value.id);
  write16(out, offset + IPV4_AT.fragment, flags | (value.fragmentOffset / 8));
  write8(out, offset + IPV4_AT.ttl, value.ttl);
  write8(out, offset + IPV4_AT.protocol, value.protocol);
  write16(out, offset + IPV4_AT.checksum, 0);
  writeIp4(out, offset + IPV4_AT.src, value.src);
  writeIp4(out, offset + IPV4_AT.dst, value.dst);
  for (let at = writeBytes(out, offset + IPV4_AT.options, value.options); at < offset + size; at++) write8(out, at, 0);
  write16(out, offset + IPV4_AT.checksum, checksum(out, offset, offset + size));
  return offset + size;
}

/** Verifies the header checksum of a header that parsed. */
export function ipv4ChecksumOk(bytes: Uint8Array, offset: number): boolean {
  return foldSum(sumWords(bytes, offset, offset + (read8(bytes, offset) & 15) * 4)) === 0xffff;
}

export function printIpv4(value: Ipv4): string {
  const parts = [`${formatIp4(value.src)} > ${formatIp4(value.dst)} ${printProtocol(value.protocol)} ttl ${value.ttl}`];
  if (value.tos > 0) parts.push(`tos 0x${value.tos.toString(16)}`);
  if (value.fragmentOffset > 0 || value.moreFragments) {
    parts.push(`frag id ${value.id} at ${value.fragmentOffset}${value.moreFragments ? '+' : ''}`);
  }
  if (value.dontFragment) parts.push('df');
  if (value.options.length > 0) parts.push(`options ${value.options.length}`);
  return parts.join(' ');
}
