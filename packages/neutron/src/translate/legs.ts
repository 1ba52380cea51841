import { formatCidr, isIp4, type Cidr, type Ip4, type Ip6, type IpAddress } from '@midonet/packet';
import type { Entity, PortBinding, PortId, Route, RouteId, RouterId, RouterPort } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import { isUplink } from '../objects/network.ts';
import { isRouted } from '../objects/port.ts';
import type { NeutronPort, NeutronRouter, Subnet } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { bindingOf } from './port.ts';
import { withLength } from './rules.ts';

/** How a router is in a network: as Neutron's port of it, and as the port of the router behind that. */
export type Leg = {
  readonly port: NeutronPort;
  readonly routerPortId: PortId;
  readonly isGateway: boolean;
  readonly isUplink: boolean;
  /** Of uplinks: the interface of a host. Others are linked to the bridge. */
  readonly binding: PortBinding | undefined;
  readonly addresses: readonly { readonly address: IpAddress; readonly subnet: Subnet }[];
};

/** The gateway first. */
export async function legsOf(router: NeutronRouter, read: NeutronReader): Promise<readonly Leg[]> {
  const interfaces = await read.naming('router', router.id, 'routerInterface');
  const gateway = router.gw_port_id ?? undefined;
  const others = interfaces.map(({ port_id: id }) => id).filter((id) => id !== gateway);
  const legs: Leg[] = [];
  for (const id of [...(gateway === undefined ? [] : [gateway]), ...others]) {
    const port = await read.get('port', id);
    if (port !== undefined && isRouted(port)) legs.push(await legOf(port, id === gateway, read));
  }
  return legs;
}

export async function legOf(port: NeutronPort, isGateway: boolean, read: NeutronReader): Promise<Leg> {
  const uplink = isUplink(await read.get('network', port.network_id));
  const addresses: Leg['addresses'][number][] = [];
  for (const { subnet_id: id, ip_address: address } of port.fixed_ips ?? []) {
    const subnet = await read.get('subnet', id);
    if (subnet !== undefined) addresses.push({ address, subnet });
  }
  return {
    port,
    routerPortId: derivedId<PortId>(port.id, 'router port'),
    isGateway,
    isUplink: uplink,
    binding: uplink ? await bindingOf(port, read) : undefined,
    addresses,
  };
}

/** The router's port with the networks it is in, and for the gateway the way to everywhere else. */
export function legTopology(leg: Leg, routerId: RouterId): readonly Entity[] {
  const { port, routerPortId, addresses } = leg;
  const routerPort: RouterPort = {
    kind: 'port',
    type: 'router',
    id: routerPortId,
    routerId,
    adminStateUp: port.admin_state_up ?? true,
    mac: port.mac_address,
    addresses: addresses.map(({ address, subnet }) => withLength(address, subnet.cidr.length)),
    peerId: leg.isUplink ? undefined : port.id,
    binding: leg.binding,
  };
  const networks = new Map(addresses.map(({ subnet: { cidr } }) => [formatCidr(cidr), cidr]));
  const connected = [...networks].map(([text, cidr]) => routeVia(leg, routerId, { name: `network ${text}`, to: cidr }));
  return [routerPort, ...connected, ...(leg.isGateway ? defaultRoutes(leg, routerId) : [])];
}

function defaultRoutes(leg: Leg, routerId: RouterId): Route[] {
  return leg.addresses.flatMap(({ address, subnet: { id, gateway_ip: gateway } }) => {
    if (gateway === null || gateway === undefined || gateway === address) return [];
    return [routeVia(leg, routerId, { name: `default ${id}`, to: everywhere(gateway), gateway })];
  });
}

export type Way = { readonly name: string; readonly to: Cidr; readonly gateway?: IpAddress };

/** A route out by a leg. Its id follows from its name, which is the leg's own. */
export function routeVia({ port, routerPortId }: Leg, routerId: RouterId, { name, to, gateway }: Way): Route {
  return {
    kind: 'route',
    type: 'normal',
    id: derivedId<RouteId>(port.id, `route ${name}`),
    routerId,
    source: everywhere(to.address),
    destination: to,
    weight: gateway === undefined ? 0 : 100,
    learned: false,
    nextHopPort: routerPortId,
    nextHopGateway: gateway,
  };
}

const NO_IP4 = 0 as Ip4; // brand: the unspecified address
const NO_IP6 = 0n as Ip6; // brand: the unspecified address

function everywhere(like: IpAddress): Cidr {
  return isIp4(like) ? { address: NO_IP4, length: 0 } : { address: NO_IP6, length: 0 };
}
