import {
  formatCidr,
  formatIp,
  formatMac,
  parseCidr,
  parseIp,
  parseMac,
  type Cidr,
  type IpAddress,
  type Mac,
} from '@midonet/packet';
import { parseId, type AnyId, type NumberRange } from '@midonet/topology';
import { z } from 'zod';

/** Ids of what is no object of the topology under the same id: subnets, floating IPs. */
export type NeutronId = string & { readonly __id: 'neutron' };

/**
 * Fields with a meaning: text on the wire and in the store, branded values behind it. Unlike those of the
 * rest of the API they go both ways, as Neutron's objects are kept as they came.
 */
const field = <T>(
  decode: (text: string) => T | undefined,
  encode: (value: T) => string,
  what: string,
  format: string,
) =>
  z.codec(z.string().max(400).meta({ format }), z.custom<T>(), {
    decode: (text, context): T => {
      const value = decode(text.trim());
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: `"${text.slice(0, 64)}" is not ${what}`, input: text });
      return z.NEVER;
    },
    encode,
  });

const idOf = (text: string): NeutronId | undefined => parseId<AnyId & NeutronId>(text);

export const neutronId = field(idOf, (id) => id, 'a UUID', 'uuid');
/** Of what is in the topology under the very same id: a network is a bridge, a router a router. */
export const idField = <T extends AnyId>() =>
  field<T>(
    (text) => parseId<T>(text),
    (id) => id,
    'a UUID',
    'uuid',
  );
export const macField = field<Mac>(parseMac, formatMac, 'a MAC address such as fa:16:3e:00:00:01', 'mac');
export const ipField = field<IpAddress>(parseIp, formatIp, 'an IPv4 or IPv6 address', 'ip');
export const cidrField = field<Cidr>(parseCidr, formatCidr, 'a prefix such as 10.0.0.0/24', 'cidr');
/** Also a single address, as the prefix of it alone. */
export const prefixField = field<Cidr>(
  (text) => parseCidr(text) ?? parseCidr(`${text}/${text.includes(':') ? 128 : 32}`),
  formatCidr,
  'an address or prefix such as 10.0.0.5 or 10.0.0.0/24',
  'cidr',
);

/** One of a few words, in whatever case. */
export const wordField = <const W extends string>(...words: readonly W[]) =>
  field<W>(
    (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()),
    (word) => word,
    `one of ${words.join(', ')}`,
    words.join('|'),
  );
/** `80`, or `8000:8100`. */
export const portRangeField = field<NumberRange>(parsePorts, formatPorts, 'a port or ports such as 8000:8100', 'ports');

/** Free text: bounded, kept as it is. */
export const textField = z.string().max(1024);
export const l4PortField = z.int().min(1).max(65535);

/** What every object of Neutron has. `project_id` is `tenant_id` under its newer name. */
export const common = {
  tenant_id: textField.nullish(),
  project_id: textField.nullish(),
  name: textField.nullish(),
} as const;

/** Whose an object is; '' for Neutron's own. */
export function tenantOf(object: {
  readonly tenant_id?: string | null | undefined;
  readonly project_id?: string | null | undefined;
}): string {
  return object.tenant_id ?? object.project_id ?? '';
}

function parsePorts(text: string): NumberRange | undefined {
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  const [start, end] = [Number(first), Number(last)];
  return start >= 1 && start <= end && end <= 65535 ? { start, end } : undefined;
}

function formatPorts({ start, end }: NumberRange): string {
  return start === end ? String(start) : `${start}:${end}`;
}
