import { formatIp, formatMac, network4, network6, parseCidr, parseIp, parseMac, type Cidr } from '@midonet/packet';
import { usageError } from './cli-error.ts';

/** Parsers of command line words. Each throws a usage error that names the option and the form it takes. */
export function cidrArgument(what: string, text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw usageError(`${what}: "${text}" is no prefix; write it like 10.0.0.0/24`);
  return parsed;
}

export function ipArgument(what: string, text: string): string {
  const parsed = parseIp(text);
  if (parsed === undefined) throw usageError(`${what}: "${text}" is no IP address`);
  return formatIp(parsed);
}

export function macArgument(what: string, text: string): string {
  const parsed = parseMac(text);
  if (parsed === undefined) throw usageError(`${what}: "${text}" is no MAC address; write it like 02:00:00:00:00:01`);
  return formatMac(parsed);
}

export function numberArgument(what: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= low && value <= high)) {
    throw usageError(`${what}: "${text}" is no whole number from ${low} to ${high}`);
  }
  return value;
}

/** The prefix itself, host bits gone: `10.0.0.7/24` → address 10.0.0.0, length 24. */
export function networkOf(cidr: Cidr): { readonly address: string; readonly length: number } {
  const { address, length } = cidr;
  const network = typeof address === 'number' ? network4(address, length) : network6(address, length);
  return { address: formatIp(network), length };
}
