import type { PortDto, RouteDto, RouterDto } from '@midonet/contract';
import { liveBalancer } from '../apply/live-balancer.ts';
import type { WantedHealth } from '../apply/document-balancers.ts';
import { cidrArgument, networkOf } from '../arguments.ts';
import { placeText } from '../objects/place-text.ts';
import type { Session } from '../session.ts';
import { compare, list, mapping, type Exported, type Part } from './exported.ts';

export async function exportRouter(session: Session, from: Exported, name: string, router: RouterDto): Promise<Part> {
  const routes = (await session.client.routers.routes({ id: router.id })).filter(
    ({ learned, type }) => !learned && type !== 'Local',
  );
  const ports: [string, Part][] = [];
  const implied = new Set<string>();
  for (const [key, port] of from.portsOf(router.id)) {
    const what = `port ${key} on ${name}`;
    if (port.portSubnet === null || port.portSubnet.length === 0) {
      from.leave(`${what}, which has no address`);
      continue;
    }
    const connected = connectedOf(port, routes);
    for (const { id } of connected ?? []) implied.add(id);
    ports.push([key, portPart(from, port, { what, path: `${name}/${key}`, connected: connected !== undefined })]);
  }
  const stated = routes.filter(({ id }) => !implied.has(id)).flatMap((one) => routePart(from, one, name));
  return {
    up: router.adminStateUp ? undefined : false,
    shared: router.shared ? true : undefined,
    asNumber: router.asNumber === 0 ? undefined : router.asNumber,
    ...from.filters(router, `router ${name}`),
    ports: mapping(ports),
    routes: list(stated.sort(inOrder)),
    balancer: router.loadBalancerId === null ? undefined : await balancerPart(session, from, name),
  };
}

/** The controller has these in no order; two exports of the same are to be the same. */
function inOrder(a: Part, b: Part): number {
  return compare(JSON.stringify(a), JSON.stringify(b));
}

type PortPlace = { readonly what: string; readonly path: string; readonly connected: boolean };

function portPart(from: Exported, port: PortDto, { what, path, connected }: PortPlace): Part {
  const peer = port.peerId === null ? undefined : from.port(port.peerId);
  if (port.peerId !== null && peer === undefined) from.leave(`the link of ${what}`);
  const far = from.live.ports.find((one) => one.id === port.peerId);
  // The name that the file gives to the far end of a link to a bridge.
  const byBridge = far?.type === 'Bridge' && from.portAlone(far.id) === path;
  return {
    up: port.adminStateUp ? undefined : false,
    mac: port.portMac,
    addresses: port.portSubnet,
    connected: connected ? undefined : false,
    ...(byBridge ? { bridge: from.deviceOfPort(far.id) } : { peer }),
    ...from.binding(port, what),
    ...from.filters(port, what),
  };
}

/** The routes to the port's own prefixes, when there is exactly one to each; apply makes these by itself. */
function connectedOf(port: PortDto, routes: readonly RouteDto[]): readonly RouteDto[] | undefined {
  const found = (port.portSubnet ?? []).map((text) => {
    const { address, length } = networkOf(cidrArgument('addresses', text));
    return routes.find(
      (one) =>
        one.nextHopPort === port.id &&
        one.dstNetworkAddr === address &&
        one.dstNetworkLength === length &&
        one.type === 'Normal' &&
        one.srcNetworkLength === 0 &&
        one.nextHopGateway === null &&
        one.weight === 100,
    );
  });
  const all = found.filter((one) => one !== undefined);
  return all.length === found.length ? all : undefined;
}

function routePart(from: Exported, route: RouteDto, router: string): Part[] {
  const to = `${route.dstNetworkAddr}/${route.dstNetworkLength}`;
  const port = route.nextHopPort === null ? undefined : from.portAlone(route.nextHopPort);
  if (route.type === 'Normal' && port === undefined) {
    from.leave(`the route of ${router} to ${to}, whose port cannot be seen`);
    return [];
  }
  return [
    {
      to,
      from: route.srcNetworkLength === 0 ? undefined : `${route.srcNetworkAddr}/${route.srcNetworkLength}`,
      port,
      via: route.nextHopGateway,
      blackhole: route.type === 'BlackHole' ? true : undefined,
      reject: route.type === 'Reject' ? true : undefined,
      weight: route.weight === 100 ? undefined : route.weight,
    },
  ];
}

async function balancerPart(session: Session, from: Exported, router: string): Promise<Part> {
  const balancer = await liveBalancer(session, from.live, router);
  const pools = [...balancer.pools].map(([name, pool]): [string, Part] => {
    const members = (balancer.members.get(pool.id) ?? []).map((member) => ({
      at: placeText(member),
      weight: member.weight === 1 ? undefined : member.weight,
      up: member.adminStateUp ? undefined : false,
    }));
    const monitor = balancer.monitors.find(({ id }) => id === pool.healthMonitorId);
    if (monitor?.adminStateUp === false) from.leave(`the checks of pool ${name} on ${router}, which are switched off`);
    const part = {
      up: pool.adminStateUp ? undefined : false,
      protocol: pool.protocol === 'UDP' ? 'udp' : undefined,
      members: list(members.sort(inOrder)),
      health: monitor?.adminStateUp === true ? healthPart(monitor) : undefined,
    };
    return [name, part];
  });
  const vips = [...balancer.vips].flatMap(([name, vip]): [string, Part][] => {
    const [pool] = [...balancer.pools].find(([, one]) => one.id === vip.poolId) ?? [];
    if (pool === undefined) return [];
    const sticky = vip.sessionPersistence === null ? undefined : 'source-ip';
    return [[name, { up: vip.adminStateUp ? undefined : false, at: placeText(vip), pool, sticky }]];
  });
  return { up: balancer.up ? undefined : false, pools: mapping(pools), vips: mapping(vips) };
}

type Health = { readonly [K in keyof WantedHealth]: string | number | null };

function healthPart({ type, delay, timeout, maxRetries, urlPath, expectedCodes }: Health): Part {
  const http = type === 'HTTP' ? { path: urlPath, codes: expectedCodes } : {};
  return { type: String(type).toLowerCase(), delay, timeout, retries: maxRetries, ...http };
}
