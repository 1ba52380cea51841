import { formatIp, formatMac } from '@midonet/packet';
import { identify } from '../connection/tuple.ts';
import type { Walk } from '../walk.ts';

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

/**
 * One text for the packets of a connection, both ways, as they are at this point of their path; errors
 * about it included. Looked at only to tell a person: it leaves no mark on the outcome.
 */
export function flowName(walk: Walk, device: string): string {
  const { packet } = walk;
  const before = { mask: packet.mask.slice(), installable: walk.installable };
  const name = nameNow(walk, device);
  packet.mask.set(before.mask);
  walk.installable = before.installable;
  return name;
}

function nameNow(walk: Walk, device: string): string {
  const identity = identify(walk, device);
  const { packet } = walk;
  if (identity === undefined) {
    const type = `0x${packet.ethType().toString(16).padStart(4, '0')}`;
    return named(type, formatMac(packet.ethSrc()), formatMac(packet.ethDst()));
  }
  if (identity.kind === 'laterFragment') {
    const { proto, src, dst } = identity.key;
    return named(protocol(proto), formatIp(src), formatIp(dst));
  }
  const { proto, src, dst, srcPort, dstPort } = identity.kind === 'tuple' ? identity.tuple : identity.about;
  return named(protocol(proto), `${formatIp(src)} ${srcPort}`, `${formatIp(dst)} ${dstPort}`);
}

function protocol(number: number): string {
  return PROTOCOLS[number] ?? `protocol ${number}`;
}

function named(what: string, ...ends: readonly [string, string]): string {
  return `${what} ${ends.toSorted().join(' <> ')}`;
}
