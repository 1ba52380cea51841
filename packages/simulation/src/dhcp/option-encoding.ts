import {
  emitDhcpRoutes,
  network4,
  parseCidr,
  parseIp4,
  write32,
  type Cidr,
  type DhcpRoute,
  type Ip4,
  type IpAddress,
} from '@midonet/packet';
import type { OptionType } from './option-names.ts';

/** A DHCP option's bytes, or undefined when the text is not of the type (such options are left out). */
export function encodeOption(type: OptionType, text: string): Uint8Array | undefined {
  const value = text.trim();
  if (value.startsWith('0x') && type === 'string') return hex(value);
  switch (type) {
    case 'address':
      return addresses([value]);
    case 'addresses':
      return addresses(list(value));
    case 'uint8':
      return integer(value, 1);
    case 'uint16':
      return integer(value, 2);
    case 'uint32':
    case 'int32':
      return integer(value, 4);
    case 'boolean':
      return boolean(value);
    case 'string':
      return latin(value);
    case 'hex':
      return hex(value) ?? latin(value);
    case 'routes':
      return routesFromText(value);
    case 'domains':
      return domains(list(value));
    default:
      return type satisfies never;
  }
}

function list(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

function addresses(texts: readonly string[]): Uint8Array | undefined {
  const bytes = new Uint8Array(4 * texts.length);
  for (const [index, text] of texts.entries()) {
    const ip = parseIp4(text);
    if (ip === undefined) return undefined;
    write32(bytes, 4 * index, ip);
  }
  return bytes.length > 0 ? bytes : undefined;
}

function integer(text: string, size: 1 | 2 | 4): Uint8Array | undefined {
  const value = /^-?[0-9]{1,10}$/.test(text) ? Number(text) : NaN;
  const limit = 2 ** (8 * size);
  if (!(value >= (size === 4 ? -limit / 2 : 0) && value < limit)) return undefined;
  const unsigned = value < 0 ? value + limit : value;
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(unsigned / 2 ** (8 * (size - 1 - i))) & 255);
}

function boolean(text: string): Uint8Array | undefined {
  if (/^(1|true|on|yes)$/i.test(text)) return Uint8Array.of(1);
  return /^(0|false|off|no)$/i.test(text) ? Uint8Array.of(0) : undefined;
}

/** Option text is one octet a character (RFC 2132 2: NVT ASCII). */
function latin(text: string): Uint8Array | undefined {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0) & 255);
  return bytes.length > 0 && bytes.length <= 255 ? bytes : undefined;
}

function hex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/, '').replace(/[\s:]/g, '');
  if (digits === '' || digits.length % 2 !== 0 || digits.length > 510 || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** `10.1.0.0/16,10.0.0.5` pairs, separated by commas or blanks. */
function routesFromText(text: string): Uint8Array | undefined {
  const items = list(text);
  const routes: { destination: Cidr; gateway: IpAddress }[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const destination = parseCidr(items[i] ?? '');
    const gateway = parseIp4(items[i + 1] ?? '');
    if (destination === undefined || gateway === undefined) return undefined;
    routes.push({ destination, gateway });
  }
  return encodeRoutes(routes);
}

/** RFC 3442: prefix length, its significant octets, gateway; for each route. */
export function encodeRoutes(
  routes: readonly { readonly destination: Cidr; readonly gateway: IpAddress }[],
): Uint8Array | undefined {
  const routes4: DhcpRoute[] = [];
  for (const { destination, gateway } of routes) {
    const { address, length } = destination;
    if (typeof address !== 'number' || typeof gateway !== 'number') continue;
    routes4.push({ prefix: { address: network4(address, length), length }, router: gateway });
  }
  return routes4.length > 0 ? emitDhcpRoutes(routes4) : undefined;
}

/** RFC 3397, without compression. */
function domains(names: readonly string[]): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const name of names) {
    for (const label of name.replace(/\.$/, '').split('.')) {
      const text = latin(label);
      if (text === undefined || text.length > 63) return undefined;
      bytes.push(text.length, ...text);
    }
    bytes.push(0);
  }
  return bytes.length > 0 && bytes.length <= 255 ? Uint8Array.from(bytes) : undefined;
}

export function octetsOf(ip: Ip4): number[] {
  return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255];
}
