import type { Cidr, Ip4, Ip6, IpAddress } from '@midonet/packet';
import { formatIp } from '@midonet/packet';
import type { Route, RouterPort } from '../entities.ts';
import type { PortId, RouteId } from '../ids.ts';

/**
 * The LOCAL routes of a router port: one for each of its addresses, /32 or /128, as MidoNet's API
 * makes them. The connected subnet is not routed by itself; clients make that route.
 */
export function localRoutes(port: RouterPort): Route[] {
  return port.addresses.map(({ address }) => ({
    kind: 'route',
    id: localRouteId(port.id, address),
    routerId: port.routerId,
    source: anywhere(address),
    destination: single(address),
    weight: 0,
    learned: false,
    type: 'local',
    nextHopPort: port.id,
  }));
}

function single(address: IpAddress): Cidr {
  return typeof address === 'number' ? { address, length: 32 } : { address, length: 128 };
}

function anywhere(address: IpAddress): Cidr {
  return typeof address === 'number' ? { address: 0 as Ip4, length: 0 } : { address: 0n as Ip6, length: 0 };
}

const FNV_PRIME = 0x0000000001000000000000000000013bn;
const FNV_BASIS = 0x6c62272e07bb014262b821756295c58dn;

/**
 * The same port and address always give the same id, so the route is found again without a search.
 * FNV-1a of 128 bits over the text of both, dressed as a UUID of version 8 (RFC 9562).
 */
export function localRouteId(port: PortId, address: IpAddress): RouteId {
  let hash = FNV_BASIS;
  for (const character of `local ${port} ${formatIp(address)}`) {
    hash = ((hash ^ BigInt(character.charCodeAt(0))) * FNV_PRIME) & ((1n << 128n) - 1n);
  }
  const hex = hash.toString(16).padStart(32, '0');
  const variant = '89ab'.charAt(parseInt(hex.charAt(16), 16) & 3);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ];
  return parts.join('-') as RouteId; // a UUID by construction
}
