import type { RouteDto } from '@midonet/contract';
import { cidrArgument, networkOf } from '../arguments.ts';
import { failure } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { WantedRoute, WantedRouter, WantedRouterPort } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { nameIn, renamedTo } from './keys.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export async function planRouter(
  session: Session,
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedRouter; readonly tenant: string | undefined },
): Promise<Change[]> {
  const { name } = wanted;
  const router = live.routers.get(name);
  const id = live.idOf(`router ${name}`, router);
  const changes: Change[] = [];
  if (router === undefined) {
    const body = {
      id,
      name: nameIn(name),
      tenantId: tenant,
      adminStateUp: wanted.up,
      shared: wanted.shared,
      asNumber: wanted.asNumber,
    };
    changes.push({ sign: '+', what: `router ${name}`, run: (client) => client.routers.create({ body }) });
  } else {
    const body = {
      name: renamedTo(name),
      adminStateUp: wanted.up,
      shared: wanted.shared,
      asNumber: wanted.asNumber,
    };
    const fields = differences(router, body);
    const run: Change['run'] = (client) => change(client.routers, { id }, body, router);
    if (fields.length > 0) changes.push({ sign: '~', what: `router ${name}`, fields, run });
  }
  for (const port of wanted.ports) changes.push(...planPort(live, { id, name }, port));
  const connected = wanted.ports.flatMap(connectedRoutes);
  const routes = router === undefined ? [] : await session.client.routers.routes({ id });
  changes.push(...planRoutes(live, { id, name, routes }, [...connected, ...wanted.routes]));
  return changes;
}

type Owner = { readonly id: string; readonly name: string };

function planPort(live: LiveTopology, router: Owner, wanted: WantedRouterPort): Change[] {
  const { id, name } = router;
  const found = live.port(id, wanted.name);
  const portId = live.idOfPort('router', `${name}/${wanted.name}`, found);
  const what = `port ${wanted.name} on router ${name}`;
  const fields = {
    vifId: renamedTo(wanted.name),
    adminStateUp: wanted.up,
    portMac: wanted.mac,
    portSubnet: [...wanted.addresses],
  };
  const changes: Change[] = [];
  if (found === undefined) {
    const body = { ...fields, id: portId, vifId: nameIn(wanted.name), type: 'Router' as const };
    changes.push({ sign: '+', what, run: (client) => client.routers.createPort({ id, body }) });
  } else {
    const changed = differences(found, fields);
    const run: Change['run'] = (client) => change(client.ports, { id: portId }, fields, found);
    if (changed.length > 0) changes.push({ sign: '~', what, fields: changed, run });
  }
  return [...changes, ...planFarEnd(live, { what, wanted, routerName: name })];
}

/** A link to a bridge makes the bridge's port for it, named after the router's: `edge/to-red`. */
function planFarEnd(
  live: LiveTopology,
  port: { readonly what: string; readonly wanted: WantedRouterPort; readonly routerName: string },
): Change[] {
  const { wanted } = port;
  if (wanted.bridge === undefined) return [];
  const bridge = live.bridges.get(wanted.bridge);
  const bridgeId = bridge?.id ?? live.plannedId(`bridge ${wanted.bridge}`);
  if (bridgeId === undefined) throw failure(`${port.what}: there is no bridge ${wanted.bridge}, here or in the file`);
  const name = `${port.routerName}/${wanted.name}`;
  const found = live.port(bridgeId, name);
  const id = live.idOfPort('bridge', `${wanted.bridge}/${name}`, found);
  if (found !== undefined) return [];
  const body = { id, vifId: name, type: 'Bridge' as const };
  const run: Change['run'] = (client) => client.bridges.createPort({ id: bridgeId, body });
  return [{ sign: '+', what: `port ${name} on bridge ${wanted.bridge}`, run }];
}

/** What is on a port's prefixes is reached through that port. */
export function connectedRoutes(port: WantedRouterPort): WantedRoute[] {
  if (!port.connected) return [];
  return port.addresses.map((text) => ({
    type: 'Normal',
    to: networkOf(cidrArgument('addresses', text)),
    from: undefined,
    port: port.name,
    via: undefined,
    weight: 100,
  }));
}

function planRoutes(
  live: LiveTopology,
  router: Owner & { readonly routes: readonly RouteDto[] },
  wanted: readonly WantedRoute[],
): Change[] {
  const { id, name, routes } = router;
  return wanted.flatMap((route): Change[] => {
    const nextHopPort = route.port === undefined ? undefined : live.plannedPort('router', `${name}/${route.port}`);
    if (route.port !== undefined && nextHopPort === undefined) {
      throw failure(`router ${name}: a route names port ${route.port}, which it does not have`);
    }
    const body = {
      type: route.type,
      dstNetworkAddr: route.to.address,
      dstNetworkLength: route.to.length,
      srcNetworkAddr: route.from?.address,
      srcNetworkLength: route.from?.length,
      nextHopPort,
      nextHopGateway: route.via,
      weight: route.weight,
    };
    if (routes.some((one) => isRoute(one, route, nextHopPort))) return [];
    const target = route.port === undefined ? route.type.toLowerCase() : `port ${route.port}`;
    const what = `route ${route.to.address}/${route.to.length} ${target} on router ${name}`;
    return [{ sign: '+', what, run: (client) => client.routers.createRoute({ id, body }) }];
  });
}

/** Whether the live route is the one of the file, whose port has the id `nextHopPort`. */
export function isRoute(live: RouteDto, wanted: WantedRoute, nextHopPort: string | undefined): boolean {
  return (
    live.type === wanted.type &&
    live.dstNetworkAddr === wanted.to.address &&
    live.dstNetworkLength === wanted.to.length &&
    live.srcNetworkLength === (wanted.from?.length ?? 0) &&
    (wanted.from === undefined || live.srcNetworkAddr === wanted.from.address) &&
    live.nextHopPort === (nextHopPort ?? null) &&
    live.nextHopGateway === (wanted.via ?? null) &&
    live.weight === wanted.weight
  );
}
