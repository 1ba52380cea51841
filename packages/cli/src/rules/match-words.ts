import { formatIp, formatMac, parseCidr, parseIp, parseMac } from '@midonet/packet';
import { networkOf } from '../arguments.ts';
import { usageError } from '../cli-error.ts';

/** `!x` and `not x` turn a test round; the second needs no quotes in a shell or in YAML. */
export function negated(text: string): { readonly text: string; readonly invert: boolean } {
  const rest = /^(?:!|not\s)\s*(.*)$/.exec(text.trim())?.[1];
  return rest === undefined ? { text: text.trim(), invert: false } : { text: rest, invert: true };
}

export const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 };
export const ETHERTYPES: Readonly<Record<string, number>> = { ip4: 0x0800, arp: 0x0806, ip6: 0x86dd };

/** A whole number in decimal or hex, or one of `names`. */
export function numberWord(
  what: string,
  text: string,
  high: number,
  names: Readonly<Record<string, number>> = {},
): number {
  const named = Object.hasOwn(names, text.toLowerCase()) ? names[text.toLowerCase()] : undefined;
  const value = named ?? (/^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : NaN);
  if (value >= 0 && value <= high) return value;
  const known = Object.keys(names);
  throw usageError(
    `${what}: "${text}" is no number up to ${high}${known.length === 0 ? '' : `, nor ${known.join(', ')}`}`,
  );
}

/** `80`, `1024-65535`. */
export function rangeWord(what: string, text: string): { readonly start: number; readonly end: number } {
  const [from = '', to, ...rest] = text.split('-').map((part) => part.trim());
  const start = numberWord(what, from, 0xffff);
  const end = to === undefined ? start : numberWord(what, to, 0xffff);
  if (rest.length > 0 || end < start) throw usageError(`${what}: "${text}" is no range like 1024-65535`);
  return { start, end };
}

/** An address or a prefix, of either IP version. */
export function prefixWord(what: string, text: string): { readonly address: string; readonly length: number } {
  const ip = parseIp(text);
  if (ip !== undefined) return { address: formatIp(ip), length: typeof ip === 'number' ? 32 : 128 };
  const cidr = parseCidr(text);
  if (cidr === undefined) throw usageError(`${what}: "${text}" is no address or prefix like 10.0.0.0/24`);
  return networkOf(cidr);
}

/** `02:00:00:00:00:01`, or with a mask behind a slash. */
export function macWord(what: string, text: string): { readonly mac: string; readonly mask: string | null } {
  const [first = '', second] = text.split('/');
  const mac = parseMac(first);
  const mask = second === undefined ? undefined : parseMac(second);
  if (mac === undefined || (second !== undefined && mask === undefined)) {
    throw usageError(
      `${what}: "${text}" is no MAC address, nor one with a mask like 02:00:00:00:00:00/ff:00:00:00:00:00`,
    );
  }
  return { mac: formatMac(mac), mask: mask === undefined ? null : formatMac(mask) };
}
