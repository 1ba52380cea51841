import { formatIp6, type Ip6 } from './addresses.ts';
import { ipv6PayloadLength } from './big-tcp.ts';
import { read32, read8, readIp6, write16, write32, write8, writeIp6 } from './bytes.ts';
import { printProtocol } from './ip-protocol.ts';
import {
  emitExtension,
  extensionSize,
  extensionType,
  parseExtensions,
  printExtension,
  type Extension,
} from './ipv6-extensions.ts';
import { cutShort, isMalformed, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * IPv6, RFC 8200 3.
 *
 *    0        1        2        3        4
 *   +----+--------+----+-----------------+
 *   | 6  | class  |    flow label        |
 *   +----+--------+----+--------+--------+
 *   |  payload length  | next   | hops   |
 *   +------------------+--------+--------+
 *   |  source address, 16 bytes          |
 *   |  destination address, 16 bytes     |
 *   +------------------------------------+
 */
export const IPV6_AT = { version: 0, payloadLength: 4, nextHeader: 6, hopLimit: 7, src: 8, dst: 24 } as const;
export const IPV6_SIZE = 40;

export type Ipv6 = {
  readonly kind: 'ipv6';
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** Bytes behind the fixed header, extension headers included. */
  readonly payloadLength: number;
  readonly hopLimit: number;
  readonly src: Ip6;
  readonly dst: Ip6;
  readonly extensions: readonly Extension[];
  /** What follows the extension headers. In later fragments: what the first one holds. */
  readonly protocol: number;
};

/** For composing: payload length and protocol are filled in from what follows. */
export function ipv6(fields: { readonly src: Ip6; readonly dst: Ip6 } & Partial<Ipv6>): Ipv6 {
  return {
    trafficClass: 0,
    flowLabel: 0,
    payloadLength: 0,
    hopLimit: 64,
    extensions: [],
    protocol: 0,
    ...fields,
    kind: 'ipv6',
  };
}

/** Quoted packets (in ICMPv6 errors) are cut short: with `quoted` the payload length may pass the end. */
export function parseIpv6(bytes: Uint8Array, offset: number, end: number, quoted = false): Ipv6 | ParseFailure {
  const have = end - offset;
  if (have < IPV6_SIZE) return cutShort('ipv6', have, IPV6_SIZE);
  const word = read32(bytes, offset);
  if (word >>> 28 !== 6) return malformed('ipv6', `version ${word >>> 28}`);
  const payloadLength = ipv6PayloadLength(bytes, offset, have);
  if (payloadLength > have - IPV6_SIZE && !quoted) {
    return malformed('ipv6', `payload length ${payloadLength} in ${have - IPV6_SIZE} bytes`);
  }
  const payloadEnd = Math.min(end, offset + IPV6_SIZE + payloadLength);
  const walk = parseExtensions(bytes, offset + IPV6_SIZE, payloadEnd, read8(bytes, offset + IPV6_AT.nextHeader));
  if (isMalformed(walk)) return walk;
  return {
    kind: 'ipv6',
    trafficClass: (word >>> 20) & 0xff,
    flowLabel: word & 0xfffff,
    payloadLength,
    hopLimit: read8(bytes, offset + IPV6_AT.hopLimit),
    src: readIp6(bytes, offset + IPV6_AT.src),
    dst: readIp6(bytes, offset + IPV6_AT.dst),
    extensions: walk.extensions,
    protocol: walk.protocol,
  };
}

/** Fixed header and extension headers. */
export function ipv6Size(value: Ipv6): number {
  return value.extensions.reduce((sum, extension) => sum + extensionSize(extension), IPV6_SIZE);
}

export function emitIpv6(value: Ipv6, out: Uint8Array, offset: number): number {
  write32(out, offset, (0x60000000 | (value.trafficClass << 20) | value.flowLabel) >>> 0);
  write16(out, offset + IPV6_AT.payloadLength, value.payloadLength);
  const types = [...value.extensions.map(extensionType), value.protocol];
  write8(out, offset + IPV6_AT.nextHeader, types[0] ?? 0);
  write8(out, offset + IPV6_AT.hopLimit, value.hopLimit);
  writeIp6(out, offset + IPV6_AT.src, value.src);
  writeIp6(out, offset + IPV6_AT.dst, value.dst);
  let at = offset + IPV6_SIZE;
  for (const [index, extension] of value.extensions.entries()) {
    at = emitExtension(extension, types[index + 1] ?? 0, out, at);
  }
  return at;
}

/** The fragment header, when there is one. */
export function ipv6Fragment(value: Ipv6): Extract<Extension, { kind: 'fragment' }> | undefined {
  return value.extensions.find((extension) => extension.kind === 'fragment');
}

export function printIpv6(value: Ipv6): string {
  const parts = [`${formatIp6(value.src)} > ${formatIp6(value.dst)} ${printProtocol(value.protocol)}`];
  parts.push(`hops ${value.hopLimit}`);
  if (value.trafficClass > 0) parts.push(`class 0x${value.trafficClass.toString(16)}`);
  return [...parts, ...value.extensions.map(printExtension)].join(' ');
}
