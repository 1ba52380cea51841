import { read16, write16 } from './bytes.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * UDP, RFC 768. A checksum of 0 means none (IPv4; with IPv6 only for tunnels, RFC 6935).
 *
 *    0        2        4        6        8
 *   +--------+--------+--------+--------+
 *   |src port|dst port| length |checksum|
 *   +--------+--------+--------+--------+
 */
export const UDP_AT = { srcPort: 0, dstPort: 2, length: 4, checksum: 6 } as const;
export const UDP_SIZE = 8;

export const UDP_PORT = { dhcpServer: 67, dhcpClient: 68, dhcp6Client: 546, dhcp6Server: 547, vxlan: 4789 } as const;

export type Udp = {
  readonly kind: 'udp';
  readonly srcPort: number;
  readonly dstPort: number;
  /** Header and payload, bytes. */
  readonly length: number;
};

/** For composing: the length is filled in from what follows. */
export function udp(fields: { readonly srcPort: number; readonly dstPort: number; readonly length?: number }): Udp {
  return { kind: 'udp', length: 0, ...fields };
}

/** With `cut` (first fragments and quoted packets) the length may pass the end. */
export function parseUdp(bytes: Uint8Array, offset: number, end: number, cut = false): Udp | ParseFailure {
  if (end - offset < UDP_SIZE) return cutShort('udp', end - offset, UDP_SIZE);
  const length = read16(bytes, offset + UDP_AT.length);
  if (length < UDP_SIZE) return malformed('udp', `length ${length}, less than 8`);
  if (length > end - offset && !cut) return malformed('udp', `length ${length} in ${end - offset} bytes`);
  return {
    kind: 'udp',
    srcPort: read16(bytes, offset + UDP_AT.srcPort),
    dstPort: read16(bytes, offset + UDP_AT.dstPort),
    length,
  };
}

/** Writes the header with checksum 0; it covers pseudo header and payload, see `frame()`. */
export function emitUdp(value: Udp, out: Uint8Array, offset: number): number {
  write16(out, offset + UDP_AT.srcPort, value.srcPort);
  write16(out, offset + UDP_AT.dstPort, value.dstPort);
  write16(out, offset + UDP_AT.length, value.length);
  write16(out, offset + UDP_AT.checksum, 0);
  return offset + UDP_SIZE;
}

export function printUdp(value: Udp): string {
  return `udp ${value.srcPort} > ${value.dstPort} length ${value.length - UDP_SIZE}`;
}
