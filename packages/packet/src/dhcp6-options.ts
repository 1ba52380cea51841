import type { Ip6 } from './addresses.ts';
import { read16, read32, read8, readIp6, write16, write32, write8, writeBytes, writeIp6 } from './bytes.ts';
import { emitDomains, parseDomains } from './domain-names.ts';
import { malformed, type ParseFailure } from './parse-failure.ts';

/** Options of RFC 8415 21 and RFC 3646: code 16 bits, length 16 bits, value. */
export const DHCP6_OPTION = {
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  iaAddress: 5,
  requested: 6,
  preference: 7,
  elapsed: 8,
  status: 13,
  rapidCommit: 14,
  dnsServers: 23,
  domains: 24,
  refreshSeconds: 32,
} as const;

/** Status codes, RFC 8415 21.13. */
export const DHCP6_STATUS = { success: 0, noAddresses: 2, noBinding: 3, notOnLink: 4, noPrefixes: 6 } as const;

export type Dhcp6Option =
  /** A DUID, RFC 8415 11. */
  | { readonly kind: 'clientId'; readonly value: Uint8Array }
  | { readonly kind: 'serverId'; readonly value: Uint8Array }
  | {
      /** Identity association for addresses that are not temporary. Times in seconds. */
      readonly kind: 'iaNa';
      readonly iaid: number;
      readonly renew: number;
      readonly rebind: number;
      readonly options: readonly Dhcp6Option[];
    }
  | {
      readonly kind: 'iaAddress';
      readonly address: Ip6;
      readonly preferred: number;
      readonly valid: number;
      readonly options: readonly Dhcp6Option[];
    }
  /** Codes of the options that a client wants. */
  | { readonly kind: 'requested'; readonly codes: readonly number[] }
  | { readonly kind: 'preference'; readonly value: number }
  /** Hundredths of a second. */
  | { readonly kind: 'elapsed'; readonly value: number }
  | { readonly kind: 'status'; readonly code: number; readonly message: Uint8Array }
  | { readonly kind: 'rapidCommit' }
  | { readonly kind: 'dnsServers'; readonly value: readonly Ip6[] }
  | { readonly kind: 'domains'; readonly names: readonly string[] }
  | { readonly kind: 'refreshSeconds'; readonly value: number }
  /** Any other code, and a known one whose value does not have its shape. */
  | { readonly kind: 'unknown'; readonly code: number; readonly value: Uint8Array };

const HEAD = 4;
const IA_HEAD = 12;
const ADDRESS_HEAD = 24;
/** IA_NA, the address in it, the status in that. What is nested deeper stays bytes. */
const MAX_DEPTH = 2;

export function parseDhcp6Options(
  bytes: Uint8Array,
  from: number,
  to: number,
  depth = 0,
): readonly Dhcp6Option[] | ParseFailure {
  const options: Dhcp6Option[] = [];
  let at = from;
  while (at < to) {
    const length = at + HEAD <= to ? read16(bytes, at + 2) : 0;
    const end = at + HEAD + length;
    if (end > to) return malformed('dhcpv6', `option ${read16(bytes, at)} of length ${length} does not fit`);
    options.push(parseOption(bytes, { code: read16(bytes, at), from: at + HEAD, to: end }, depth));
    at = end;
  }
  return options;
}

type Place = { readonly code: number; readonly from: number; readonly to: number };

function parseOption(bytes: Uint8Array, place: Place, depth: number): Dhcp6Option {
  const { code, from, to } = place;
  return shaped(bytes, place, depth) ?? { kind: 'unknown', code, value: bytes.slice(from, to) };
}

/** Undefined when the value does not have the code's shape. */
function shaped(bytes: Uint8Array, { code, from, to }: Place, depth: number): Dhcp6Option | undefined {
  const length = to - from;
  switch (code) {
    case DHCP6_OPTION.clientId:
      return { kind: 'clientId', value: bytes.slice(from, to) };
    case DHCP6_OPTION.serverId:
      return { kind: 'serverId', value: bytes.slice(from, to) };
    case DHCP6_OPTION.iaNa: {
      const options = nested(bytes, from + IA_HEAD, to, depth);
      if (options === undefined) return undefined;
      const [iaid, renew, rebind] = [read32(bytes, from), read32(bytes, from + 4), read32(bytes, from + 8)];
      return { kind: 'iaNa', iaid, renew, rebind, options };
    }
    case DHCP6_OPTION.iaAddress: {
      const options = nested(bytes, from + ADDRESS_HEAD, to, depth);
      if (options === undefined) return undefined;
      const [preferred, valid] = [read32(bytes, from + 16), read32(bytes, from + 20)];
      return { kind: 'iaAddress', address: readIp6(bytes, from), preferred, valid, options };
    }
    case DHCP6_OPTION.requested:
      if (length % 2 !== 0) return undefined;
      return { kind: 'requested', codes: Array.from({ length: length / 2 }, (_, i) => read16(bytes, from + 2 * i)) };
    case DHCP6_OPTION.preference:
      return length === 1 ? { kind: 'preference', value: read8(bytes, from) } : undefined;
    case DHCP6_OPTION.elapsed:
      return length === 2 ? { kind: 'elapsed', value: read16(bytes, from) } : undefined;
    case DHCP6_OPTION.status:
      if (length < 2) return undefined;
      return { kind: 'status', code: read16(bytes, from), message: bytes.slice(from + 2, to) };
    case DHCP6_OPTION.rapidCommit:
      return length === 0 ? { kind: 'rapidCommit' } : undefined;
    case DHCP6_OPTION.dnsServers:
      if (length % 16 !== 0) return undefined;
      return {
        kind: 'dnsServers',
        value: Array.from({ length: length / 16 }, (_, i) => readIp6(bytes, from + 16 * i)),
      };
    case DHCP6_OPTION.domains: {
      const names = parseDomains(bytes, from, to);
      return names === undefined ? undefined : { kind: 'domains', names };
    }
    case DHCP6_OPTION.refreshSeconds:
      return length === 4 ? { kind: 'refreshSeconds', value: read32(bytes, from) } : undefined;
    default:
      return undefined;
  }
}

function nested(bytes: Uint8Array, from: number, to: number, depth: number): readonly Dhcp6Option[] | undefined {
  if (from > to || depth >= MAX_DEPTH) return undefined;
  const options = parseDhcp6Options(bytes, from, to, depth + 1);
  return 'kind' in options ? undefined : options;
}

export function dhcp6OptionsSize(options: readonly Dhcp6Option[]): number {
  let size = 0;
  for (const option of options) size += HEAD + sizeOf(option);
  return size;
}

function sizeOf(option: Dhcp6Option): number {
  switch (option.kind) {
    case 'clientId':
    case 'serverId':
    case 'unknown':
      return option.value.length;
    case 'iaNa':
      return IA_HEAD + dhcp6OptionsSize(option.options);
    case 'iaAddress':
      return ADDRESS_HEAD + dhcp6OptionsSize(option.options);
    case 'requested':
      return 2 * option.codes.length;
    case 'preference':
      return 1;
    case 'elapsed':
      return 2;
    case 'status':
      return 2 + option.message.length;
    case 'rapidCommit':
      return 0;
    case 'dnsServers':
      return 16 * option.value.length;
    case 'domains':
      return emitDomains(option.names).length;
    case 'refreshSeconds':
      return 4;
    default:
      return option satisfies never;
  }
}

export function emitDhcp6Options(options: readonly Dhcp6Option[], out: Uint8Array, offset: number): number {
  let at = offset;
  for (const option of options) {
    write16(out, at, option.kind === 'unknown' ? option.code : DHCP6_OPTION[option.kind]);
    write16(out, at + 2, sizeOf(option));
    at = emitValue(option, out, at + HEAD);
  }
  return at;
}

function emitValue(option: Dhcp6Option, out: Uint8Array, at: number): number {
  switch (option.kind) {
    case 'clientId':
    case 'serverId':
    case 'unknown':
      return writeBytes(out, at, option.value);
    case 'iaNa':
      for (const [i, value] of [option.iaid, option.renew, option.rebind].entries()) write32(out, at + 4 * i, value);
      return emitDhcp6Options(option.options, out, at + IA_HEAD);
    case 'iaAddress':
      writeIp6(out, at, option.address);
      write32(out, at + 16, option.preferred);
      write32(out, at + 20, option.valid);
      return emitDhcp6Options(option.options, out, at + ADDRESS_HEAD);
    case 'requested':
      for (const [i, code] of option.codes.entries()) write16(out, at + 2 * i, code);
      break;
    case 'preference':
      write8(out, at, option.value);
      break;
    case 'elapsed':
      write16(out, at, option.value);
      break;
    case 'status':
      write16(out, at, option.code);
      writeBytes(out, at + 2, option.message);
      break;
    case 'rapidCommit':
      break;
    case 'dnsServers':
      for (const [i, ip] of option.value.entries()) writeIp6(out, at + 16 * i, ip);
      break;
    case 'domains':
      writeBytes(out, at, emitDomains(option.names));
      break;
    case 'refreshSeconds':
      write32(out, at, option.value);
      break;
    default:
      option satisfies never;
  }
  return at + sizeOf(option);
}
