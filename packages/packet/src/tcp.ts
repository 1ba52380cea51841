import { read16, read32, read8, write16, write32, write8 } from './bytes.ts';
import { cutShort, isMalformed, malformed, type ParseFailure } from './parse-failure.ts';
import { emitTcpOptions, parseTcpOptions, printTcpOption, tcpOptionsSize, type TcpOption } from './tcp-options.ts';

/**
 * TCP, RFC 9293 3.1.
 *
 *    0        1        2        3        4
 *   +-----------------+-----------------+
 *   |  source port    | destination port|
 *   |  sequence number                  |
 *   |  acknowledgment number            |
 *   +----+------------+-----------------+
 *   |off |   flags    |  window         |     off: header length in 4 bytes
 *   +----+------------+-----------------+
 *   |  checksum       |  urgent pointer |
 *   |  options, padded to 4 bytes       |
 *   +-----------------------------------+
 */
export const TCP_AT = {
  srcPort: 0,
  dstPort: 2,
  sequence: 4,
  acknowledgment: 8,
  dataOffset: 12,
  flags: 13,
  window: 14,
  checksum: 16,
  urgent: 18,
  options: 20,
} as const;
export const TCP_MIN_SIZE = 20;
/** Ports and sequence number: what every ICMP error quotes at least. */
const TCP_QUOTED_SIZE = 8;

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export type Tcp = {
  readonly kind: 'tcp';
  readonly srcPort: number;
  readonly dstPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Bits of TCP_FLAG. */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  /** At most 40 bytes in all. */
  readonly options: readonly TcpOption[];
};

export function tcp(fields: { readonly srcPort: number; readonly dstPort: number } & Partial<Tcp>): Tcp {
  return {
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 65535,
    urgent: 0,
    options: [],
    ...fields,
    kind: 'tcp',
  };
}

/**
 * ICMP errors may quote no more than 8 bytes of a segment (RFC 792): with `quoted` that is enough,
 * and what was cut off reads as zero and no options.
 */
export function parseTcp(bytes: Uint8Array, offset: number, end: number, quoted = false): Tcp | ParseFailure {
  const have = end - offset;
  if (quoted && have >= TCP_QUOTED_SIZE && (have < TCP_MIN_SIZE || have < headerLength(bytes, offset))) {
    return tcp({
      srcPort: read16(bytes, offset + TCP_AT.srcPort),
      dstPort: read16(bytes, offset + TCP_AT.dstPort),
      sequence: read32(bytes, offset + TCP_AT.sequence),
      window: 0,
    });
  }
  if (end - offset < TCP_MIN_SIZE) return cutShort('tcp', end - offset, TCP_MIN_SIZE);
  const size = headerLength(bytes, offset);
  if (size < TCP_MIN_SIZE) return malformed('tcp', `header length ${size}, less than 20`);
  if (size > end - offset) return cutShort('tcp', end - offset, size);
  const parsed = parseTcpOptions(bytes, offset + TCP_AT.options, offset + size);
  if (isMalformed(parsed)) return parsed;
  return {
    kind: 'tcp',
    srcPort: read16(bytes, offset + TCP_AT.srcPort),
    dstPort: read16(bytes, offset + TCP_AT.dstPort),
    sequence: read32(bytes, offset + TCP_AT.sequence),
    acknowledgment: read32(bytes, offset + TCP_AT.acknowledgment),
    flags: read8(bytes, offset + TCP_AT.flags),
    window: read16(bytes, offset + TCP_AT.window),
    urgent: read16(bytes, offset + TCP_AT.urgent),
    options: parsed.options,
  };
}

function headerLength(bytes: Uint8Array, offset: number): number {
  return (read8(bytes, offset + TCP_AT.dataOffset) >>> 4) * 4;
}

export function tcpSize(value: Tcp): number {
  return TCP_MIN_SIZE + tcpOptionsSize(value.options);
}

/** Writes the header with checksum 0; it covers pseudo header and payload, see `frame()`. */
export function emitTcp(value: Tcp, out: Uint8Array, offset: number): number {
  write16(out, offset + TCP_AT.srcPort, value.srcPort);
  write16(out, offset + TCP_AT.dstPort, value.dstPort);
  write32(out, offset + TCP_AT.sequence, value.sequence);
  write32(out, offset + TCP_AT.acknowledgment, value.acknowledgment);
  write8(out, offset + TCP_AT.dataOffset, (tcpSize(value) / 4) << 4);
  write8(out, offset + TCP_AT.flags, value.flags);
  write16(out, offset + TCP_AT.window, value.window);
  write16(out, offset + TCP_AT.checksum, 0);
  write16(out, offset + TCP_AT.urgent, value.urgent);
  return emitTcpOptions(value.options, out, offset + TCP_AT.options);
}

export function printTcp(value: Tcp): string {
  const flags = Object.entries(TCP_FLAG).filter(([, bit]) => (value.flags & bit) !== 0);
  const ack = (value.flags & TCP_FLAG.ack) !== 0 ? ` ack ${value.acknowledgment}` : '';
  const options = value.options.filter((option) => option.kind !== 'nop').map(printTcpOption);
  return (
    `tcp ${value.srcPort} > ${value.dstPort} [${flags.map(([name]) => name).join(' ')}] seq ${value.sequence}${ack}` +
    (options.length > 0 ? ` <${options.join(', ')}>` : '')
  );
}
