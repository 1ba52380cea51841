import { ETHERTYPE_IPV4 } from '@midonet/flow';
import { cidrContains, type IpAddress } from '@midonet/packet';
import type { Port, RouterPort } from '@midonet/topology';
import { portIndex } from '../port-index.ts';
import type { Ending, Walk } from '../walk.ts';
import { resolveNextHop } from './next-hop.ts';
import { lookupRoute } from './route-lookup.ts';
import { routerIndex } from './router-index.ts';

/**
 * A packet that the router made itself goes where its routes say, with the address of the port it
 * leaves by for its source. As all that a device makes it does not meet the device's own filters.
 */
export function routeOwn(walk: Walk, port: Port): Ending {
  const { ref } = portIndex(port);
  if (port.type !== 'router') return walk.drop('notForRouter', ref);
  const device = walk.topology.router(port.routerId);
  if (device === undefined) return walk.blocked({ kind: 'router', id: port.routerId });
  const index = routerIndex(device);
  const { packet } = walk;
  walk.tag(index.tag);
  if (!device.router.adminStateUp) return walk.drop('deviceDown', index.ref);
  const visit = { device, index, ingress: port, depth: 0 };
  const entry = lookupRoute(walk, visit, packet.ethType() === ETHERTYPE_IPV4);
  if (entry?.route.type !== 'normal' || entry.port === undefined) return walk.drop('noRoute', index.ref);
  const egress = entry.port;
  if (!egress.adminStateUp) return walk.drop('portDown', index.ref);
  const nextHop = entry.route.nextHopGateway ?? packet.ipDst();
  const source = sourceFor(egress, nextHop);
  if (source === undefined) return walk.drop('noRoute', index.ref);
  const resolved = resolveNextHop(walk, visit, egress, nextHop);
  if (typeof resolved !== 'number') {
    if (resolved.kind === 'blocked') return resolved;
    // Nobody is to be told: it is the router itself.
    walk.emissions.length = 0;
    return walk.drop('neighbourUnresolved', index.ref);
  }
  packet.setIpSrc(source);
  packet.setEthSrc(egress.mac);
  packet.setEthDst(resolved);
  return walk.leave(egress, 1);
}

/** The port's address in the subnet of the next hop, or any other of the family. */
function sourceFor(port: RouterPort, nextHop: IpAddress): IpAddress | undefined {
  const family = port.addresses.filter(({ address }) => typeof address === typeof nextHop);
  return (family.find((cidr) => cidrContains(cidr, nextHop)) ?? family[0])?.address;
}
