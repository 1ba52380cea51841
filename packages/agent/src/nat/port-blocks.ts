import type { NatRange } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/** The 65,536 ports of an address are leased in blocks of 64. */
export const BLOCK_SIZE = 64;
export const BLOCKS = 1024;
/** Ports below are the well-known ones (RFC 4787 REQ-3 b). Block bounds fall on it. */
export const WELL_KNOWN_PORTS = 1024;

/** A block of ports of an address as one device uses it: `block` × 64 is its first port. */
export type NatBlock = { readonly deviceId: string; readonly address: IpAddress; readonly block: number };

/** Ports `from` to `to`, both included. */
export type Ports = { readonly from: number; readonly to: number };

export const ALL_PORTS: Ports = { from: 0, to: 65_535 };

export function blockOf(port: number): number {
  return Math.floor(port / BLOCK_SIZE);
}

/** Blocks that have a port in the range. */
export function blocksIn({ from, to }: Ports): number {
  return blockOf(to) - blockOf(from) + 1;
}

/**
 * The part of a range that a source port may keep to: well-known ports stay below 1024 and others
 * above, when the range has such (RFC 4787 REQ-3 b); otherwise the range.
 */
export function partLike({ portFrom, portTo }: NatRange, sourcePort: number): Ports {
  if (portFrom >= WELL_KNOWN_PORTS || portTo < WELL_KNOWN_PORTS) return { from: portFrom, to: portTo };
  return sourcePort < WELL_KNOWN_PORTS
    ? { from: portFrom, to: WELL_KNOWN_PORTS - 1 }
    : { from: WELL_KNOWN_PORTS, to: portTo };
}

/** What `partLike` leaves of the range; undefined when that is nothing. */
export function partUnlike(range: NatRange, sourcePort: number): Ports | undefined {
  const { portFrom, portTo } = range;
  if (portFrom >= WELL_KNOWN_PORTS || portTo < WELL_KNOWN_PORTS) return undefined;
  return partLike(range, sourcePort < WELL_KNOWN_PORTS ? WELL_KNOWN_PORTS : 0);
}

/** IPv4 and IPv6 addresses of the same number differ. */
export function endpointKey(deviceId: string, proto: number, address: IpAddress, port: number): string {
  return `${deviceId} ${proto} ${addressKey(address)} ${port}`;
}

export function addressKey(address: IpAddress): string {
  return typeof address === 'number' ? `4/${address}` : `6/${address}`;
}
