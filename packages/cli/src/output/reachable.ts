import { cidrContains, parseCidr, parseIp, type Cidr } from '@midonet/packet';

/** Loopback and link-local (RFC 1122, 3927, 4291): every host has them and none is reached by them. */
const LOCAL = ['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10'].flatMap((text): Cidr[] => {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [cidr];
});

export function isReachable(address: string): boolean {
  const parsed = parseIp(address.split('%')[0] ?? '');
  return parsed !== undefined && !LOCAL.some((cidr) => cidrContains(cidr, parsed));
}
