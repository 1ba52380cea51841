import { formatCidr, formatIp, formatMac, parseCidr, parseIp, parseMac } from '@midonet/packet';
import { networkOf } from '../arguments.ts';
import type { YamlPlace } from './yaml-reader.ts';

/** Readers of addresses in a file; what comes out is canonical. */
export const cidr = (place: YamlPlace): string | undefined =>
  place.parsed((text) => optional(parseCidr(text), formatCidr), 'a prefix like 10.0.0.0/24');
export const address = (place: YamlPlace): string | undefined =>
  place.parsed((text) => optional(parseIp(text), formatIp), 'an IP address');
export const mac = (place: YamlPlace): string | undefined =>
  place.parsed((text) => optional(parseMac(text), formatMac), 'a MAC address');
export const network = (place: YamlPlace): { address: string; length: number } | undefined =>
  place.parsed((text) => optional(parseCidr(text), networkOf), 'a prefix like 10.0.0.0/24');

export function optional<T, R>(value: T | undefined, map: (value: T) => R): R | undefined {
  return value === undefined ? undefined : map(value);
}

export function required<T>(place: YamlPlace, read: (place: YamlPlace) => T | undefined): T {
  return read(place) ?? place.fail('is required');
}
