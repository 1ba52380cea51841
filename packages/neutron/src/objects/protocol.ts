import { z } from 'zod';

export const PROTO_ICMP = 1;
export const PROTO_ICMPV6 = 58;

/** As IANA assigns them, by the names that Neutron knows. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ah', 51],
  ['dccp', 33],
  ['egp', 8],
  ['esp', 50],
  ['gre', 47],
  ['icmp', PROTO_ICMP],
  ['icmpv6', PROTO_ICMPV6],
  ['igmp', 2],
  ['ipip', 4],
  ['ipv6-encap', 41],
  ['ipv6-frag', 44],
  ['ipv6-icmp', PROTO_ICMPV6],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['ipv6-route', 43],
  ['ospf', 89],
  ['pgm', 113],
  ['rsvp', 46],
  ['sctp', 132],
  ['tcp', 6],
  ['udp', 17],
  ['udplite', 136],
  ['vrrp', 112],
]);

/** The number of a protocol; `any`: of every one; undefined: there is none of that name. */
export function protocolNumber(protocol: string | number | null | undefined): number | 'any' | undefined {
  if (protocol === null || protocol === undefined || protocol === '' || protocol === 'any') return 'any';
  if (typeof protocol === 'number') return protocol;
  const named = PROTOCOLS.get(protocol.toLowerCase());
  if (named !== undefined) return named;
  return /^\d{1,3}$/.test(protocol) && Number(protocol) <= 255 ? Number(protocol) : undefined;
}

/** A name or a number. */
export const protocolField = z
  .union([z.string().max(32), z.int().min(0).max(255)])
  .refine((name) => protocolNumber(name) !== undefined, 'must be a number up to 255 or a name such as tcp, udp, icmp');

/** The protocol that a rule for one version of IP is about: ICMP of version 6 has a number of its own; undefined: any. */
export function protocolOf(protocol: string | number | null | undefined, isIp6: boolean): number | undefined {
  const number = protocolNumber(protocol);
  if (number === 'any') return undefined;
  return isIp6 && number === PROTO_ICMP ? PROTO_ICMPV6 : number;
}
