import { formatIp, isIp4 } from '@midonet/packet';
import type { PortId, Violation } from '@midonet/topology';
import type {
  FloatingIp,
  NeutronKind,
  NeutronObject,
  NeutronPort,
  NeutronRouter,
  RouterInterface,
  Subnet,
} from './objects/objects.ts';
import { roleOf } from './objects/port.ts';
import type { NeutronReader } from './reader.ts';
import { checkListener, checkLoadBalancer } from './violations/balancing.ts';
import { checkFirewall } from './violations/firewall.ts';
import { checkGatewayDevice, checkL2GatewayConnection } from './violations/l2-gateway.ts';
import { checkTapFlow } from './violations/tap.ts';
import { failing } from './violations/failing.ts';
import { legsOf } from './translate/legs.ts';
import { legToward } from './translate/router.ts';

type Checks = {
  readonly [K in NeutronKind]?: (object: NeutronObject<K>, read: NeutronReader) => Promise<readonly Violation[]>;
};

const CHECKS: Checks = {
  subnet: checkSubnet,
  port: checkPort,
  router: checkRouter,
  routerInterface: checkRouterInterface,
  floatingIp: checkFloatingIp,
  loadBalancerV2: checkLoadBalancer,
  listenerV2: checkListener,
  firewall: checkFirewall,
  tapFlow: checkTapFlow,
  gatewayDevice: checkGatewayDevice,
  l2GatewayConnection: checkL2GatewayConnection,
};

/** What is wrong with an object as it is stored now, by the names of Neutron's members. */
export async function violationsOf<K extends NeutronKind>(
  kind: K,
  object: NeutronObject<K>,
  read: NeutronReader,
): Promise<readonly Violation[]> {
  return (await CHECKS[kind]?.(object, read)) ?? [];
}

async function checkSubnet({ cidr, gateway_ip: gateway, ip_version: version }: Subnet): Promise<Violation[]> {
  const isVersion4 = isIp4(cidr.address);
  return failing(
    [(version ?? (isVersion4 ? 4 : 6)) !== (isVersion4 ? 4 : 6), 'cidr', 'is not of the IP version'],
    [
      gateway !== null && gateway !== undefined && isIp4(gateway) !== isVersion4,
      'gateway_ip',
      'is not of the IP version of cidr',
    ],
  );
}

async function checkPort(port: NeutronPort, read: NeutronReader): Promise<Violation[]> {
  const host = port['binding:host_id'] ?? '';
  const named = port['binding:profile']?.interface_name ?? '';
  const elsewhere: Violation[] = [];
  for (const [at, { subnet_id: id }] of (port.fixed_ips ?? []).entries()) {
    const subnet = await read.get('subnet', id);
    const isElsewhere = subnet !== undefined && subnet.network_id !== port.network_id;
    elsewhere.push(...failing([isElsewhere, `fixed_ips.${at}.subnet_id`, `subnet ${id} is of another network`]));
  }
  const isNobody = host !== '' && named !== '' && (await read.hostNamed(host)) === undefined;
  return [
    ...elsewhere,
    ...failing(
      [isNobody, 'binding:host_id', `there is no host ${host}: start its agent first`],
      [
        roleOf(port) === 'remoteSite',
        'device_owner',
        'network:remote_site needs router peering, which is not built yet',
      ],
    ),
  ];
}

async function checkRouter(router: NeutronRouter, read: NeutronReader): Promise<Violation[]> {
  const routes = router.routes ?? [];
  const gateway = router.gw_port_id ?? undefined;
  const legs = routes.length === 0 ? [] : await legsOf(router, read);
  return [
    ...(gateway === undefined ? [] : await ofAnother(router, gateway, 'gw_port_id', read)),
    ...routes.flatMap((route, at) =>
      failing([
        legToward(legs, route) === undefined,
        `routes.${at}.nexthop`,
        `${formatIp(route.nexthop)} is in no network of the router`,
      ]),
    ),
  ];
}

async function checkRouterInterface(one: RouterInterface, read: NeutronReader): Promise<Violation[]> {
  return ofAnother(one, one.port_id, 'port_id', read);
}

/** A port is in one router only. */
async function ofAnother(
  { id }: Pick<NeutronRouter, 'id'>,
  port: PortId,
  property: string,
  read: NeutronReader,
): Promise<Violation[]> {
  const gateways = (await read.naming('port', port, 'router')).map((router) => router.id);
  const interfaces = (await read.naming('port', port, 'routerInterface')).map((one) => one.id);
  const other = [...gateways, ...interfaces].find((router) => router !== id);
  return failing([other !== undefined, property, `port ${port} is in router ${other ?? ''}`]);
}

async function checkFloatingIp(floating: FloatingIp, read: NeutronReader): Promise<Violation[]> {
  const {
    floating_ip_address: address,
    port_id: portId,
    router_id: routerId,
    floating_network_id: networkId,
  } = floating;
  const wrong = failing([
    !isIp4(address),
    'floating_ip_address',
    'must be an IPv4 address: translation from IPv6 to IPv4 is not built yet',
  ]);
  if (portId === null || portId === undefined || routerId === null || routerId === undefined) return wrong;
  const router = await read.get('router', routerId);
  const legs = router === undefined ? [] : await legsOf(router, read);
  const port = await read.get('port', portId);
  const fixed = floating.fixed_ip_address;
  const isStrange =
    fixed !== null && fixed !== undefined && !(port?.fixed_ips ?? []).some((one) => one.ip_address === fixed);
  return [
    ...wrong,
    ...failing(
      [
        !legs.some((leg) => leg.port.network_id === networkId),
        'router_id',
        `router ${routerId} is not in network ${networkId}`,
      ],
      [isStrange, 'fixed_ip_address', `port ${portId} does not have this address`],
    ),
  ];
}
