import { ETHERTYPE_IPV4 } from '@midonet/flow';
import { formatCidr, formatIp, mask4, type IpAddress } from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import { balance } from '../balancer/balance.ts';
import { mirrorAt } from '../mirror/mirror.ts';
import type { Ending, Walk } from '../walk.ts';
import { answerError } from './icmp-errors.ts';
import { deliverLocally } from './local-delivery.ts';
import { filterEgress, filterForwarded, filterInbound, filterLocal } from './filters.ts';
import { resolveNextHop } from './next-hop.ts';
import { answerOversize, exceedsMtu, linkMtu } from './oversize.ts';
import { lookupRoute } from './route-lookup.ts';
import { OWN_ADDRESS_WEIGHT, type RouteEntry } from './router-index.ts';
import type { RouterVisit } from './router-visit.ts';

/** Routes an IP packet: look-up, then what the route's kind says. */
export function forwardIp(walk: Walk, visit: RouterVisit): Ending {
  const { index, ingress } = visit;
  const balanced = balance(walk, visit);
  if (balanced.kind === 'ended') return balanced.ending;
  // What goes between clients and pools is the load balancer's, not the filter's.
  const filtered = balanced.kind === 'apart' ? filterInbound(walk, visit) : undefined;
  if (filtered !== undefined) return filtered;
  const entry = lookupRoute(walk, visit, walk.packet.ethType() === ETHERTYPE_IPV4);
  if (walk.trace !== undefined) traceRoute(walk, visit, entry);
  if (entry === undefined) return answerError(walk, ingress, 'netUnreachable', 'noRoute', index.ref);
  const { route } = entry;
  switch (route.type) {
    case 'blackhole':
      return walk.drop(route.weight === OWN_ADDRESS_WEIGHT ? 'notLocalService' : 'blackhole', index.ref);
    case 'reject':
      return answerError(walk, ingress, 'prohibited', 'rejectRoute', index.ref);
    case 'local':
      return filterLocal(walk, visit) ?? deliverLocally(walk, visit);
    case 'normal':
      if (entry.port === undefined) return walk.drop('noRoute', index.ref);
      return forwardThrough(walk, visit, entry.port, route.nextHopGateway);
    default:
      return route satisfies never;
  }
}

function forwardThrough(walk: Walk, visit: RouterVisit, egress: RouterPort, gateway: IpAddress | undefined): Ending {
  const { index, ingress } = visit;
  const { packet } = walk;
  if (!packet.decTtl()) return answerError(walk, ingress, 'timeExceeded', 'ttlExpired', index.ref);
  if (!egress.adminStateUp) return answerError(walk, ingress, 'prohibited', 'portDown', index.ref);
  // Before the filters: what they translate the destination to is not routed anew.
  const nextHop = gateway ?? packet.ipDst();
  const filtered = filterForwarded(walk, visit, egress);
  if (filtered !== undefined) return filtered;
  // Directed broadcasts are not forwarded (RFC 2644).
  if (gateway === undefined && isSubnetBroadcast(egress, nextHop)) {
    return walk.drop('invalidDestination', index.ref);
  }
  const resolved = resolveNextHop(walk, visit, egress, nextHop);
  if (typeof resolved !== 'number') return resolved;
  const arrived = egress.outboundFilterId === undefined ? undefined : packet.mark();
  const refused = filterEgress(walk, visit, egress, { nextHop: resolved, arrived });
  if (refused !== undefined) return refused;
  // A flow made of this packet must not carry longer ones that need an answer: see Outcome.mtu.
  walk.mtu = linkMtu(walk);
  walk.routed = true;
  if (exceedsMtu(walk)) return answerOversize(walk, visit, egress, { nextHop: resolved, arrived });
  packet.setEthSrc(egress.mac);
  packet.setEthDst(resolved);
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'rewrite', detail: 'Ethernet addresses, TTL - 1' });
  const { outboundMirrorIds } = visit.device.router;
  const unshown = mirrorAt(walk, outboundMirrorIds, 'outbound side', index.ref, egress.id);
  return unshown ?? walk.leave(egress, visit.depth + 1);
}

function isSubnetBroadcast(port: RouterPort, ip: IpAddress): boolean {
  if (typeof ip !== 'number') return false;
  for (const { address, length } of port.addresses) {
    if (typeof address !== 'number' || length > 30) continue;
    const mask = mask4(length);
    if (((ip ^ address) & mask) === 0 && (~mask & ~ip) === 0) return true;
  }
  return false;
}

function traceRoute(walk: Walk, visit: RouterVisit, entry: RouteEntry | undefined): void {
  if (entry === undefined) {
    walk.step(visit.index.ref, { kind: 'lookup', table: 'routes', key: 'destination', result: 'none' });
    return;
  }
  const { route } = entry;
  const gateway = route.type === 'normal' ? route.nextHopGateway : undefined;
  const nextHop = gateway === undefined ? (route.type === 'normal' ? 'connected' : route.type) : formatIp(gateway);
  walk.step(visit.index.ref, { kind: 'route', route: `${formatCidr(route.destination)} (${route.id})`, nextHop });
}
