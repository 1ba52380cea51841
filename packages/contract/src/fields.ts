import {
  parseCidr,
  parseIp,
  parseIp4,
  parseIp6,
  parseMac,
  type Cidr,
  type Ip4,
  type Ip6,
  type IpAddress,
  type Mac,
} from '@midonet/packet';
import { parseClientId, parseId, type AnyId } from '@midonet/topology';
import { z } from 'zod';

/**
 * Fields of request bodies: text on the wire, branded values behind it. The client sees the text
 * side (`z.input`), the server the decoded one (`z.output`).
 */
const parsed = <T>(parse: (text: string) => T | undefined, what: string, format: string) =>
  z
    .string()
    .max(400)
    .meta({ format })
    .transform((text, context): T => {
      const value = parse(text.trim());
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `"${text.slice(0, 64)}" is not ${what}` });
      return z.NEVER;
    });

export const idField = <T extends AnyId>() => parsed<T>((text) => parseId<T>(text), 'a UUID', 'uuid');
export const macField = parsed<Mac>(parseMac, 'a MAC address such as 02:00:00:00:00:01', 'mac');
export const ip4Field = parsed<Ip4>(parseIp4, 'an IPv4 address', 'ipv4');
export const ip6Field = parsed<Ip6>(parseIp6, 'an IPv6 address', 'ipv6');
export const ipField = parsed<IpAddress>(parseIp, 'an IPv4 or IPv6 address', 'ip');
export const clientIdField = parsed<string>(parseClientId, 'a DUID or MAC in hex such as 00:03:00:01:…', 'duid');
export const cidrField = parsed<Cidr>(parseCidr, 'a prefix such as 10.0.0.0/24', 'cidr');

/** Also a single address, as the prefix of it alone. */
export const prefixField = parsed<Cidr>(
  (text) => parseCidr(text) ?? parseCidr(`${text}/${text.includes(':') ? 128 : 32}`),
  'an address or prefix such as 10.0.0.5 or 10.0.0.0/24',
  'cidr',
);

/** Names and other free text: bounded, no control characters. */
export const textField = z
  .string()
  .max(255)
  .refine((text) => !hasControl(text), 'must not contain control characters');

/** Linux allows 15 bytes, no slash and no blank. */
export const interfaceField = z
  .string()
  .min(1)
  .max(15)
  .refine((text) => !/[\s/]/.test(text) && !hasControl(text), 'is not an interface name');

export const vlanField = z.int().min(0).max(4094);
export const prefixLengthField = z.int().min(0).max(128);

/**
 * A field of MidoNet that belongs to something not built yet. It may be absent, null, empty,
 * false or zero, as clients write back whole objects; a value is refused rather than silently ignored.
 */
export const notBuiltField = (feature: string) =>
  z.unknown().refine(isBlank, `cannot be set: ${feature} are not built yet`).optional();

function isBlank(value: unknown): boolean {
  return (
    [undefined, null, '', false, 0].some((blank) => blank === value) || (Array.isArray(value) && value.length === 0)
  );
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** In answers every field is present; those of features not built yet are null or empty. */
export const nothing = z.null();
export const emptyList = z.array(z.string()).max(0);
