import type { Ending, Walk } from '../walk.ts';
import { linkLocalAddress } from '../ip-scope.ts';
import { IP6_SCOPES } from './ip6-scope-table.ts';
import { deliverLocally } from './local-delivery.ts';
import type { RouterVisit } from './router-visit.ts';

/**
 * Addresses that no router forwards (RFC 1812 5.3.7, RFC 4291 2.5, RFC 3927 2.7). As few bits as
 * decide are read, so that flows stay wide.
 */
export function checkAddresses4(walk: Walk, visit: RouterVisit): Ending | undefined {
  const { packet } = walk;
  const source = firstOctet(packet.ipSrc(8));
  if (source === 0 || source === 127 || source >= 224) return walk.drop('invalidSource', visit.index.ref);
  const destination = firstOctet(packet.ipDst(8));
  if (destination === 0 || destination === 127 || destination >= 224) {
    return walk.drop('invalidDestination', visit.index.ref);
  }
  if (source === 169 && packet.ipSrc(16) === LINK_LOCAL4) return walk.drop('linkLocalScope', visit.index.ref);
  return undefined;
}

const LINK_LOCAL4 = 0xa9fe0000;

function firstOctet(ip: number | bigint): number {
  return typeof ip === 'number' ? ip >>> 24 : 0;
}

/**
 * The same for IPv6. Link-local packets end at this router: for its own address they are delivered,
 * otherwise they are dropped.
 */
export function checkAddresses6(walk: Walk, visit: RouterVisit): Ending | undefined {
  const { packet } = walk;
  const source = packet.lookupIpSrc(IP6_SCOPES).scope;
  if (source === 'multicast' || source === 'unspecified' || source === 'loopback') {
    return walk.drop('invalidSource', visit.index.ref);
  }
  const destination = packet.lookupIpDst(IP6_SCOPES).scope;
  switch (destination) {
    case 'multicast':
    case 'unspecified':
    case 'loopback':
      return walk.drop('invalidDestination', visit.index.ref);
    case 'linkLocal':
      if (packet.ipDst() === linkLocalAddress(visit.ingress.mac)) return deliverLocally(walk, visit);
      return walk.drop('linkLocalScope', visit.index.ref);
    case 'global':
      return source === 'linkLocal' ? sourceOnLink(walk, visit) : undefined;
    default:
      return destination satisfies never;
  }
}

/** A link-local source may talk to the router's other addresses, but goes no further. */
function sourceOnLink(walk: Walk, visit: RouterVisit): Ending {
  const destination = walk.packet.ipDst();
  const own = visit.ingress.addresses.some(({ address }) => address === destination);
  return own ? deliverLocally(walk, visit) : walk.drop('linkLocalScope', visit.index.ref);
}
