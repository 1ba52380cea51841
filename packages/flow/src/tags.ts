import { formatCidr, formatMac, formatIp, type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import { printTuple, type Tuple } from './connection.ts';
import type { Tag } from './verdict.ts';

export type DeviceKind =
  | 'bridge'
  | 'router'
  | 'port'
  | 'chain'
  | 'portGroup'
  | 'ipAddrGroup'
  | 'balancer'
  | 'pool'
  /** Which members of a pool take new connections. */
  | 'poolChoice'
  /** Whether a member of a pool keeps its connections. */
  | 'poolMember'
  | 'healthChecker'
  | 'qosPolicy'
  | 'mirror';

/** The whole device, e.g. its admin state or the rules of a chain, changed or vanished. */
export const deviceTag = (kind: DeviceKind, id: string): Tag => `${kind}:${id}` as Tag;

/** The set of ports a bridge floods to changed. */
export const floodTag = (bridgeId: string): Tag => `flood:${bridgeId}` as Tag;

/** The row of `mac` in a bridge's MAC table appeared, moved or went. */
export const macTag = (bridgeId: string, vlan: number, mac: Mac): Tag =>
  `mac:${bridgeId}:${vlan}:${formatMac(mac)}` as Tag;

/** A bridge's seeded row for `ip` changed. */
export const bridgeArpTag = (bridgeId: string, ip: IpAddress): Tag => `bridge-arp:${bridgeId}:${formatIp(ip)}` as Tag;

/**
 * Routing of some destination in `prefix` decided. `prefix` is what the flow's mask keeps of the
 * destination, so a route that came or went touches the flow exactly when the two prefixes overlap.
 */
export const routeTag = (routerId: string, prefix: Cidr): Tag => `route:${routerId}:${formatCidr(prefix)}` as Tag;

/**
 * As `routeTag`, for what a load balancer knows of an address: a packet's destination may be a VIP's, its source
 * a member's. One that comes, goes or moves touches flows whose prefix of either end overlaps its address.
 */
export const placeTag = (balancerId: string, prefix: Cidr): Tag => routeTag(balancerId, prefix);

/** The neighbour row of `ip` at a router changed. */
export const neighbourTag = (routerId: string, ip: IpAddress): Tag => `neighbour:${routerId}:${formatIp(ip)}` as Tag;

/** A connection with this tuple, in either direction, appeared at the device, or went. */
export const connectionTag = (deviceId: string, tuple: Tuple): Tag =>
  `connection:${deviceId}:${printTuple(tuple)}` as Tag;

export function isConnectionTag(tag: Tag): boolean {
  return tag.startsWith('connection:');
}

/** Where the port lives (host, tunnel key, up or not) changed. Made by the agent's translation. */
export const locationTag = (portId: string): Tag => `location:${portId}` as Tag;

/** The tunnel to a host changed: zone membership or address. */
export const tunnelTag = (hostId: string): Tag => `tunnel:${hostId}` as Tag;

/** A local datapath port came, went or was bound to another virtual port. */
export const dpPortTag = (port: number): Tag => `dp-port:${port}` as Tag;

/** The services on the wire of `mac` at a port changed. */
export const insertionTag = (portId: string, mac: Mac): Tag => `insertion:${portId}:${formatMac(mac)}` as Tag;

/** What a service port may send changed. */
export const servedTag = (portId: string): Tag => `served:${portId}` as Tag;

/** A port came into a group or left it. */
export const portGroupTag = (groupId: string, portId: string): Tag => `port-group:${groupId}:${portId}` as Tag;

/** An address came into a group or left it. */
export const ipAddrGroupTag = (groupId: string, ip: IpAddress): Tag =>
  `ip-addr-group:${groupId}:${formatIp(ip)}` as Tag;
