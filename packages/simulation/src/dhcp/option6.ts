import { emitDomains, isDomainName, parseIp6, writeIp6, type Ip6 } from '@midonet/packet';
import { encodeOption } from './option-encoding.ts';

export type Option6Type = 'addresses' | 'domains' | 'ntp' | 'uint8' | 'uint32' | 'string' | 'hex' | 'parameters';
export type Option6Spec = { readonly code: number; readonly type: Option6Type };

const spec = (code: number, type: Option6Type): Option6Spec => ({ code, type });

/** Options of DHCPv6 by name, under the names that OpenStack (dnsmasq's) and ISC dhcpd use. */
const OPTIONS6: ReadonlyMap<string, Option6Spec> = new Map(
  Object.entries({
    preference: spec(7, 'uint8'),
    'sip-server-domain': spec(21, 'domains'),
    'sip-server': spec(22, 'addresses'),
    'dns-server': spec(23, 'addresses'),
    'name-servers': spec(23, 'addresses'),
    'domain-search': spec(24, 'domains'),
    'nis-server': spec(27, 'addresses'),
    'nis+-server': spec(28, 'addresses'),
    'nis-domain': spec(29, 'domains'),
    'nis+-domain': spec(30, 'domains'),
    'sntp-server': spec(31, 'addresses'),
    'sntp-servers': spec(31, 'addresses'),
    'information-refresh-time': spec(32, 'uint32'),
    'posix-timezone': spec(41, 'string'),
    'tzdb-timezone': spec(42, 'string'),
    'ntp-server': spec(56, 'ntp'),
    'ntp-servers': spec(56, 'ntp'),
    'bootfile-url': spec(59, 'string'),
    'bootfile-param': spec(60, 'parameters'),
    'captive-portal': spec(103, 'string'),
  }),
);
/** Options that steer the exchange itself cannot be configured. */
const PROTOCOL_OWN: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 18, 19, 20, 25, 26]);

/** By name, or by number ("59", "option6:59"): a number of no known type is text, or bytes as `0x…`. */
export function option6Spec(name: string): Option6Spec | undefined {
  const known = OPTIONS6.get(name.toLowerCase().replaceAll('_', '-'));
  if (known !== undefined) return known;
  const digits = /^(?:option6?:)?([0-9]{1,5})$/.exec(name)?.[1];
  const code = digits === undefined ? 0 : Number(digits);
  if (code < 1 || code > 0xffff || PROTOCOL_OWN.has(code)) return undefined;
  for (const option of OPTIONS6.values()) if (option.code === code) return option;
  return { code, type: 'string' };
}

/** An option's bytes, or undefined when the text is not of the type (such options are left out). */
export function encodeOption6(type: Option6Type, text: string): Uint8Array | undefined {
  const items = text.split(/[\s,]+/).filter((item) => item !== '');
  switch (type) {
    case 'addresses':
      return joined(items.map((item) => address(parseIp6(item))));
    case 'domains':
      return joined(items.map(domain));
    case 'ntp':
      return joined(items.map(timeServer));
    case 'parameters':
      return joined(text.trim().split(/\s+/).map(parameter));
    case 'uint8':
    case 'uint32':
    case 'string':
    case 'hex':
      return encodeOption(type, text);
    default:
      return type satisfies never;
  }
}

function address(ip: Ip6 | undefined): Uint8Array | undefined {
  if (ip === undefined) return undefined;
  const bytes = new Uint8Array(16);
  writeIp6(bytes, 0, ip);
  return bytes;
}

function domain(name: string): Uint8Array | undefined {
  const bare = name.replace(/\.$/, '');
  return isDomainName(bare) ? emitDomains([bare]) : undefined;
}

/** RFC 5908 4: suboption 1 has an address, suboption 3 a name. */
function timeServer(text: string): Uint8Array | undefined {
  const ip = parseIp6(text);
  const value = ip === undefined ? domain(text) : address(ip);
  return value === undefined ? undefined : Uint8Array.from([0, ip === undefined ? 3 : 1, 0, value.length, ...value]);
}

/** RFC 5970 3.2: each with its length in front. */
function parameter(text: string): Uint8Array | undefined {
  const value = encodeOption('string', text);
  return value === undefined ? undefined : Uint8Array.from([0, value.length, ...value]);
}

function joined(parts: readonly (Uint8Array | undefined)[]): Uint8Array | undefined {
  const bytes = parts.filter((part) => part !== undefined);
  return bytes.length < parts.length || bytes.length === 0
    ? undefined
    : Uint8Array.from(bytes.flatMap((part) => [...part]));
}
