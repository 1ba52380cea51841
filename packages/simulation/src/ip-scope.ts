import type { Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';

/** The link-local address an interface makes of its MAC: fe80::/64 and a modified EUI-64 (RFC 4291 2.5.1). */
export function linkLocalAddress(mac: Mac): Ip6 {
  const value = BigInt(mac) ^ 0x020000000000n;
  const high = value >> 24n;
  const low = value & 0xffffffn;
  return ((0xfe80n << 112n) | (high << 40n) | (0xfffen << 24n) | low) as Ip6;
}

/** ff02::1:ffXX:XXXX, where an address's owner listens for solicitations (RFC 4291 2.7.1). */
export function solicitedNode(ip: Ip6): Ip6 {
  return ((0xff02n << 112n) | (0x1ffn << 24n) | (ip & 0xffffffn)) as Ip6;
}

/** 33:33 and the low 32 bits of an IPv6 group (RFC 2464 7). */
export function groupMac(group: Ip6): Mac {
  return (0x333300000000 + Number(group & 0xffffffffn)) as Mac;
}

export const ALL_NODES = ((0xff02n << 112n) | 1n) as Ip6;

export function isLinkLocal6(ip: Ip6): boolean {
  return ip >> 118n === 0x3fan;
}

/** True for addresses an ICMP error may be sent to: a single host's, not unspecified or loopback. */
export function isUnicast(ip: IpAddress): boolean {
  if (typeof ip === 'number') return isUnicast4(ip);
  return ip > 1n && ip >> 120n !== 0xffn;
}

function isUnicast4(ip: Ip4): boolean {
  const first = ip >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
