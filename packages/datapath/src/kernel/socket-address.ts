import { parseIp, type IpAddress } from '@midonet/packet';
import type { Memory } from './libc.ts';

const AF_INET = 2;
const AF_INET6 = 10;

/** Addresses read before: a socket sends to the same few again and again. */
const known = new Map<string, IpAddress>();
const MOST_KNOWN = 4096;

/**
 * Writes a struct sockaddr_in or sockaddr_in6 and returns its length. Throws on text that is no address.
 *
 * ```
 *  0 ┌────────┬──────┬───────────────┐        0 ┌────────┬──────┬───────────┐
 *    │ family │ port │ IPv4 address  │          │ family │ port │ flow info │
 *  8 └────────┴──────┴───────────────┘        8 ├────────┴──────┴───────────┤
 *                                               │ IPv6 address              │
 *    family is the host's order,             24 ├───────────┬───────────────┘
 *    all else the network's                     │ scope     │
 *                                            28 └───────────┘
 * ```
 */
export function packAddress(
  { address, port }: { readonly address: string; readonly port: number },
  to: Memory,
): number {
  const ip = known.get(address) ?? read(address);
  const { view, bytes } = to;
  bytes.fill(0);
  view.setUint16(2, port);
  if (typeof ip === 'number') {
    view.setUint16(0, AF_INET, true);
    view.setUint32(4, ip);
    return 16;
  }
  view.setUint16(0, AF_INET6, true);
  view.setBigUint64(8, ip >> 64n);
  view.setBigUint64(16, ip & 0xffff_ffff_ffff_ffffn);
  return 28;
}

function read(address: string): IpAddress {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`'${address}' is no IP address`);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(address, ip);
  return ip;
}
