import { formatIp6, formatMac, type Ip6, type Mac } from './addresses.ts';
import { formatHex, read32, read8, readIp6, readMac, write16, write32, write8, writeBytes } from './bytes.ts';
import { writeIp6, writeMac } from './bytes.ts';
import { malformed, type ParseFailure } from './parse-failure.ts';

/**
 * Options of neighbour discovery, RFC 4861 4.6 and RFC 8106 5.1: type, length in units of 8 bytes,
 * data.
 *
 *   1, 2  source, target link-layer address   MAC                                        8 bytes
 *   3     prefix information                  length·8 LA·8 valid·32 preferred·32 0·32 prefix  32
 *   5     MTU                                 0·16 mtu·32                                8
 *   25    recursive DNS servers               0·16 lifetime·32 addresses                 8 + 16n
 */
export const NEIGHBOUR_OPTION = { sourceMac: 1, targetMac: 2, prefix: 3, mtu: 5, dns: 25 } as const;

export type NeighbourOption =
  | { readonly kind: 'sourceMac' | 'targetMac'; readonly mac: Mac }
  | {
      readonly kind: 'prefix';
      readonly prefix: Ip6;
      readonly length: number;
      readonly onLink: boolean;
      readonly autonomous: boolean;
      /** Seconds; 0xffffffff is for ever. */
      readonly valid: number;
      readonly preferred: number;
    }
  | { readonly kind: 'mtu'; readonly mtu: number }
  /** `lifetime` in seconds. */
  | { readonly kind: 'dns'; readonly lifetime: number; readonly servers: readonly Ip6[] }
  /** `data`: 6 + 8n bytes, as on the wire behind type and length. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array };

export type NeighbourOptions = { readonly kind: 'neighbourOptions'; readonly options: readonly NeighbourOption[] };

/** Takes all bytes to `end`. A length of zero is refused (RFC 4861 4.6). */
export function parseNeighbourOptions(bytes: Uint8Array, offset: number, end: number): NeighbourOptions | ParseFailure {
  const options: NeighbourOption[] = [];
  let at = offset;
  while (at < end) {
    const length = end - at >= 2 ? read8(bytes, at + 1) * 8 : 0;
    if (length === 0 || length > end - at) {
      return malformed('neighbour discovery', `option of ${length} bytes in ${end - at}`);
    }
    options.push(parseOption(bytes, at, length));
    at += length;
  }
  return { kind: 'neighbourOptions', options };
}

function parseOption(bytes: Uint8Array, at: number, length: number): NeighbourOption {
  const type = read8(bytes, at);
  if ((type === NEIGHBOUR_OPTION.sourceMac || type === NEIGHBOUR_OPTION.targetMac) && length === 8) {
    return { kind: type === NEIGHBOUR_OPTION.sourceMac ? 'sourceMac' : 'targetMac', mac: readMac(bytes, at + 2) };
  }
  if (type === NEIGHBOUR_OPTION.prefix && length === 32) {
    const flags = read8(bytes, at + 3);
    return {
      kind: 'prefix',
      prefix: readIp6(bytes, at + 16),
      length: read8(bytes, at + 2),
      onLink: (flags & 0x80) !== 0,
      autonomous: (flags & 0x40) !== 0,
      valid: read32(bytes, at + 4),
      preferred: read32(bytes, at + 8),
    };
  }
  if (type === NEIGHBOUR_OPTION.mtu && length === 8) return { kind: 'mtu', mtu: read32(bytes, at + 4) };
  if (type === NEIGHBOUR_OPTION.dns && length % 16 === 8) {
    const servers = Array.from({ length: (length - 8) / 16 }, (_, i) => readIp6(bytes, at + 8 + 16 * i));
    return { kind: 'dns', lifetime: read32(bytes, at + 4), servers };
  }
  return { kind: 'unknown', type, data: bytes.slice(at + 2, at + length) };
}

function optionSize(option: NeighbourOption): number {
  switch (option.kind) {
    case 'sourceMac':
    case 'targetMac':
    case 'mtu':
      return 8;
    case 'prefix':
      return 32;
    case 'dns':
      return 8 + 16 * option.servers.length;
    case 'unknown':
      return option.data.length + 2;
    default:
      return option satisfies never;
  }
}

export function neighbourOptionsSize(options: readonly NeighbourOption[]): number {
  return options.reduce((sum, option) => sum + optionSize(option), 0);
}

export function emitNeighbourOptions(options: readonly NeighbourOption[], out: Uint8Array, offset: number): number {
  let at = offset;
  for (const option of options) {
    const size = optionSize(option);
    write8(out, at, option.kind === 'unknown' ? option.type : NEIGHBOUR_OPTION[option.kind]);
    write8(out, at + 1, size / 8);
    emitData(option, out, at);
    at += size;
  }
  return at;
}

function emitData(option: NeighbourOption, out: Uint8Array, at: number): void {
  switch (option.kind) {
    case 'sourceMac':
    case 'targetMac':
      writeMac(out, at + 2, option.mac);
      return;
    case 'mtu':
      write16(out, at + 2, 0);
      write32(out, at + 4, option.mtu);
      return;
    case 'prefix':
      write8(out, at + 2, option.length);
      write8(out, at + 3, (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0));
      write32(out, at + 4, option.valid);
      write32(out, at + 8, option.preferred);
      write32(out, at + 12, 0);
      writeIp6(out, at + 16, option.prefix);
      return;
    case 'dns':
      write16(out, at + 2, 0);
      write32(out, at + 4, option.lifetime);
      for (const [index, server] of option.servers.entries()) writeIp6(out, at + 8 + 16 * index, server);
      return;
    case 'unknown':
      writeBytes(out, at + 2, option.data);
      return;
    default:
      option satisfies never;
  }
}

/** Each with a blank in front, ready to append. */
export function printNeighbourOptions(options: readonly NeighbourOption[]): string {
  return options.map((option) => ` ${printOption(option)}`).join('');
}

function printOption(option: NeighbourOption): string {
  switch (option.kind) {
    case 'sourceMac':
      return `from ${formatMac(option.mac)}`;
    case 'targetMac':
      return `at ${formatMac(option.mac)}`;
    case 'mtu':
      return `mtu ${option.mtu}`;
    case 'prefix':
      return `prefix ${formatIp6(option.prefix)}/${option.length}`;
    case 'dns':
      return `dns ${option.servers.map(formatIp6).join(',')}`;
    case 'unknown':
      return `option ${option.type} ${formatHex(option.data.subarray(0, 16))}`;
    default:
      return option satisfies never;
  }
}
