import { cidrContains, type IpAddress } from '@midonet/packet';
import type { Route } from '../entities.ts';
import { refused, type Refused } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** The router is there, the next-hop port is one of its ports, and the gateway is on that port's network. */
export async function checkRoute(route: Route, read: Read): Promise<Refused | undefined> {
  if (!(await read.exists(`router/${route.routerId}`))) {
    return refused('notFound', 'routerId', `no router ${route.routerId}`);
  }
  if (route.type === 'blackhole' || route.type === 'reject') return undefined;
  const port = await read.get('port', route.nextHopPort);
  if (port?.type !== 'router' || port.routerId !== route.routerId) {
    return refused('invalid', 'nextHopPort', `${route.nextHopPort} is no port of router ${route.routerId}`);
  }
  const gateway = route.type === 'normal' ? route.nextHopGateway : undefined;
  if (gateway === undefined || isLinkLocal6(gateway)) return undefined;
  if (port.addresses.some((network) => cidrContains(network, gateway))) return undefined;
  return refused(
    'invalid',
    'nextHopGateway',
    `is in no network of port ${port.id}: give an address its port can reach`,
  );
}

/** fe80::/10 is reachable on every IPv6 link, whatever the port's addresses (RFC 4291, 2.5.6). */
function isLinkLocal6(ip: IpAddress): boolean {
  return typeof ip === 'bigint' && ip >> 118n === 0x3fan;
}

/** The routes of these ids; their being there is part of the plan. */
export async function routesThrough(ids: readonly string[], read: Read): Promise<Route[]> {
  const routes = await Promise.all(ids.map((id) => read.get('route', id)));
  return routes.filter((route) => route !== undefined);
}
