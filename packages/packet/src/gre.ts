import { read16, read32, write16, write32 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { printEtherType } from './ethernet.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * GRE, RFC 2784 with key and sequence number of RFC 2890. Source routing (R) and version 1 (PPTP)
 * are refused.
 *
 *    0        1        2                 4
 *   +-+-+-+-+----------+----------------+
 *   |C|R|K|S|  0   ver | protocol type  |
 *   | checksum, 0      | when C         |
 *   | key              | when K         |
 *   | sequence number  | when S         |
 *   +------------------+----------------+
 */
export const GRE_AT = { flags: 0, protocol: 2 } as const;
export const GRE_MIN_SIZE = 4;

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const VERSION = 0x0007;

export type Gre = {
  readonly kind: 'gre';
  /** An EtherType. */
  readonly protocol: number;
  /** True when a checksum is there; `frame()` fills it in. */
  readonly hasChecksum: boolean;
  readonly key?: number;
  readonly sequence?: number;
};

/** For composing: the protocol is filled in from the next layer. */
export function gre(fields: Partial<Gre> = {}): Gre {
  return { protocol: 0, hasChecksum: false, ...fields, kind: 'gre' };
}

export function parseGre(bytes: Uint8Array, offset: number, end: number): Gre | ParseFailure {
  if (end - offset < GRE_MIN_SIZE) return cutShort('gre', end - offset, GRE_MIN_SIZE);
  const flags = read16(bytes, offset + GRE_AT.flags);
  if ((flags & VERSION) !== 0) return malformed('gre', `version ${flags & VERSION}`);
  if ((flags & ROUTING) !== 0) return malformed('gre', 'source routing is not supported (RFC 2784 2.3)');
  let at = offset + GRE_MIN_SIZE;
  const size = GRE_MIN_SIZE + 4 * [CHECKSUM, KEY, SEQUENCE].filter((bit) => (flags & bit) !== 0).length;
  if (end - offset < size) return cutShort('gre', end - offset, size);
  const hasChecksum = (flags & CHECKSUM) !== 0;
  if (hasChecksum) at += 4;
  const key = (flags & KEY) !== 0 ? { key: read32(bytes, at) } : {};
  if ((flags & KEY) !== 0) at += 4;
  const sequence = (flags & SEQUENCE) !== 0 ? { sequence: read32(bytes, at) } : {};
  return { kind: 'gre', protocol: read16(bytes, offset + GRE_AT.protocol), hasChecksum, ...key, ...sequence };
}

export function greSize(value: Gre): number {
  const optional = [value.hasChecksum, value.key !== undefined, value.sequence !== undefined];
  return GRE_MIN_SIZE + 4 * optional.filter(Boolean).length;
}

/** Writes the header with checksum 0, see `fillGreChecksum`. */
export function emitGre(value: Gre, out: Uint8Array, offset: number): number {
  const { hasChecksum, key, sequence } = value;
  const flags = (hasChecksum ? CHECKSUM : 0) | (key !== undefined ? KEY : 0) | (sequence !== undefined ? SEQUENCE : 0);
  write16(out, offset + GRE_AT.flags, flags);
  write16(out, offset + GRE_AT.protocol, value.protocol);
  let at = offset + GRE_MIN_SIZE;
  for (const word of [hasChecksum ? 0 : undefined, key, sequence]) {
    if (word === undefined) continue;
    write32(out, at, word);
    at += 4;
  }
  return at;
}

/** Computes the checksum over header and payload, when the header has one. */
export function fillGreChecksum(bytes: Uint8Array, offset: number, end: number): void {
  if ((read16(bytes, offset + GRE_AT.flags) & CHECKSUM) === 0) return;
  write16(bytes, offset + GRE_MIN_SIZE, 0);
  write16(bytes, offset + GRE_MIN_SIZE, checksum(bytes, offset, end));
}

export function printGre(value: Gre): string {
  const key = value.key !== undefined ? ` key ${value.key}` : '';
  const sequence = value.sequence !== undefined ? ` seq ${value.sequence}` : '';
  return `gre ${printEtherType(value.protocol)}${key}${sequence}${value.hasChecksum ? ' checksum' : ''}`;
}
