/**
 * Addresses as numbers. A MAC is a 48-bit integer and an IPv4 address a 32-bit one, both plain
 * JavaScript numbers: as Map keys they cost a fifth of text. An IPv6 address is a bigint, so
 * `typeof address` tells the two families apart without a wrapper. Text exists only at the edges.
 */

/** Ethernet address, 0 … 2^48-1, first octet most significant. */
export type Mac = number & { readonly __brand: 'Mac' };
/** IPv4 address, 0 … 2^32-1 (unsigned), first octet most significant. */
export type Ip4 = number & { readonly __brand: 'Ip4' };
/** IPv6 address, 0n … 2^128-1n. */
export type Ip6 = bigint & { readonly __brand: 'Ip6' };
/** Either family; `typeof x === 'number'` means IPv4. */
export type IpAddress = Ip4 | Ip6;

/** An IPv4 or IPv6 prefix. Host bits of `address` are kept (so it also serves as interface address). */
export type Cidr4 = { readonly address: Ip4; readonly length: number };
export type Cidr6 = { readonly address: Ip6; readonly length: number };
export type Cidr = Cidr4 | Cidr6;

const OCTET = /^[0-9a-f]{2}$/i;

export const MAC_BROADCAST = 0xffffffffffff as Mac;
export const MAC_ZERO = 0 as Mac;

/** Parses `aa:bb:cc:dd:ee:ff` (or with dashes); undefined when it is not one. */
export function parseMac(text: string): Mac | undefined {
  const parts = text.split(/[:-]/);
  if (parts.length !== 6 || !parts.every((part) => OCTET.test(part))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + parseInt(part, 16), 0) as Mac;
}

/** Formats as lower-case `aa:bb:cc:dd:ee:ff`. */
export function formatMac(mac: Mac): string {
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');
}

/** True for group addresses (multicast and broadcast): the low bit of the first octet. */
export function isGroupMac(mac: Mac): boolean {
  return Math.floor(mac / 0x10000000000) % 2 === 1;
}

/** Parses strict dotted decimal (no leading zeros, four parts); undefined when it is not one. */
export function parseIp4(text: string): Ip4 | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value as Ip4;
}

export function formatIp4(ip: Ip4): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** Parses RFC 4291 text, with `::` and a trailing dotted quad; no zone index. */
export function parseIp6(text: string): Ip6 | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) as Ip6;
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = index === parts.length - 1 ? parseIp4(part) : undefined;
      if (quad === undefined) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups.length <= 8 ? groups : undefined;
}

/** Canonical text of RFC 5952: lower case, longest run of zero groups (two or more) compressed. */
export function formatIp6(ip: Ip6): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip >> BigInt(112 - 16 * i)) & 0xffffn));
  let start = -1;
  let run = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > run) [start, run] = [i, end - i];
    if (end > i) i = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + run).join(':')}`;
}

export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIp6(text) : parseIp4(text);
}

export function formatIp(ip: IpAddress): string {
  return typeof ip === 'number' ? formatIp4(ip) : formatIp6(ip);
}

export function isIp4(ip: IpAddress): ip is Ip4 {
  return typeof ip === 'number';
}

/** Parses `address/length`; the length is required. Host bits are kept. */
export function parseCidr(text: string): Cidr | undefined {
  const [addressText, lengthText, ...rest] = text.split('/');
  if (addressText === undefined || lengthText === undefined || rest.length > 0) return undefined;
  if (!/^[0-9]{1,3}$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  const address = parseIp(addressText);
  if (address === undefined || length > (isIp4(address) ? 32 : 128)) return undefined;
  return { address, length } as Cidr;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.address)}/${cidr.length}`;
}

/** The prefix of `length` bits of an IPv4 address, host bits zero. */
export function network4(ip: Ip4, length: number): Ip4 {
  return ((ip & mask4(length)) >>> 0) as Ip4;
}

/** The IPv4 netmask of a prefix length, as unsigned 32-bit number. */
export function mask4(length: number): Ip4 {
  return (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0) as Ip4;
}

/** The prefix of `length` bits of an IPv6 address, host bits zero. */
export function network6(ip: Ip6, length: number): Ip6 {
  const shift = BigInt(128 - length);
  return ((ip >> shift) << shift) as Ip6;
}

/** True when `ip` is of the prefix's family and inside it. */
export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  if (typeof cidr.address === 'number') {
    return typeof ip === 'number' && network4(cidr.address, cidr.length) === network4(ip, cidr.length);
  }
  return typeof ip === 'bigint' && network6(cidr.address, cidr.length) === network6(ip, cidr.length);
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticastIp(ip: IpAddress): boolean {
  return typeof ip === 'number' ? ip >>> 28 === 0xe : ip >> 120n === 0xffn;
}
