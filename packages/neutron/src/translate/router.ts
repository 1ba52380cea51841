import { cidrContains, formatCidr, formatIp, isIp4, type Ip4 } from '@midonet/packet';
import type { ChainId, Entity, PortGroup, PortGroupId, Router } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import { tenantOf } from '../objects/fields.ts';
import type { NeutronRouter } from '../objects/objects.ts';
import { PROTO_ICMP } from '../objects/protocol.ts';
import type { NeutronReader } from '../reader.ts';
import { routerBalancer, type RouterBalancer } from './balancing.ts';
import { forwardChainOf } from './firewall.ts';
import { legsOf, legTopology, routeVia, type Leg } from './legs.ts';
import { chainOf, DYNAMIC, ETHERTYPE_IPV4, host, is, natTo, not, rulesOf } from './rules.ts';

const CHAINS = ['inbound', 'outbound', 'floatingIn', 'floatingOut', 'hairpin'] as const;
/** `floatingIn`, `floatingOut`, `hairpin`: each floating IP has rules of its own there. */
export type RouterChain = (typeof CHAINS)[number];

export function routerChainId(routerId: string, chain: RouterChain): ChainId {
  return derivedId<ChainId>(routerId, `router ${chain}`);
}

/** A router with its ports, routes and translation of addresses; floating IPs bring their own rules. */
export async function routerTopology(router: NeutronRouter, read: NeutronReader): Promise<readonly Entity[]> {
  const legs = await legsOf(router, read);
  const balancer = await routerBalancer(router, legs, read);
  const tenantId = tenantOf(router);
  const name = router.name ?? '';
  const device: Router = {
    kind: 'router',
    id: router.id,
    tenantId,
    name,
    adminStateUp: router.admin_state_up ?? true,
    inboundFilterId: routerChainId(router.id, 'inbound'),
    outboundFilterId: routerChainId(router.id, 'outbound'),
    loadBalancerId: balancer?.id,
    forwardChainId: await forwardChainOf(router, read),
  };
  return [
    ...CHAINS.map((chain) => chainOf(routerChainId(router.id, chain), tenantId, `router ${name} ${chain}`)),
    ...translationRules(router, legs, balancer),
    ...(balancer?.entities ?? []),
    device,
    ...legs.flatMap((leg) => legTopology(leg, router.id)),
    ...extraRoutes(router, legs),
    ...uplinkGroup(router, legs),
  ];
}

/** The address that machines without a floating one are seen with; undefined: none, as they are. */
export function snatOf(
  { external_gateway_info: info }: NeutronRouter,
  legs: readonly Leg[],
): { readonly leg: Leg; readonly address: Ip4 } | undefined {
  const leg = legs.find(({ isGateway }) => isGateway);
  const address = leg?.addresses.map((one) => one.address).find(isIp4);
  return leg === undefined || address === undefined || info?.enable_snat === false ? undefined : { leg, address };
}

/**
 * In: floating addresses to fixed ones; answers to who asked; whatever else comes for the gateway's address
 * from outside, but ICMP, has nobody here. Out: the other way round.
 */
function translationRules(
  router: NeutronRouter,
  legs: readonly Leg[],
  balancer: RouterBalancer | undefined,
): readonly Entity[] {
  const [inbound, outbound] = [routerChainId(router.id, 'inbound'), routerChainId(router.id, 'outbound')];
  const jump = (chain: RouterChain) =>
    ({ type: 'jump', jumpChainId: routerChainId(router.id, chain), condition: {} }) as const;
  const snat = snatOf(router, legs);
  const own = snat === undefined ? undefined : { dlType: is(ETHERTYPE_IPV4), nwDst: is(host(snat.address)) };
  const gateway = snat === undefined ? [] : [snat.leg.routerPortId];
  return [
    ...rulesOf(inbound, [
      ['floating', jump('floatingIn')],
      ['answers', own && { type: 'revSnat', action: 'accept', condition: own }],
      ['strangers', own && { type: 'drop', condition: { ...own, inPorts: is(gateway), nwProto: not(PROTO_ICMP) } }],
    ]),
    ...rulesOf(outbound, [
      ['floating', jump('floatingOut')],
      ['hairpin', snat && jump('hairpin')],
      [
        'snat',
        snat && {
          ...natTo('snat', snat.address, DYNAMIC),
          condition: { dlType: is(ETHERTYPE_IPV4), outPorts: is(gateway), nwSrc: not(host(snat.address)) },
        },
      ],
      ...(balancer?.rules ?? []),
    ]),
  ];
}

/** The leg through which the next hop of a route is reached. */
export function legToward(
  legs: readonly Leg[],
  { nexthop }: NonNullable<NeutronRouter['routes']>[number],
): Leg | undefined {
  return legs.find(({ addresses }) => addresses.some(({ subnet }) => cidrContains(subnet.cidr, nexthop)));
}

function extraRoutes(router: NeutronRouter, legs: readonly Leg[]): readonly Entity[] {
  return (router.routes ?? []).flatMap((route) => {
    const leg = legToward(legs, route);
    const { destination: to, nexthop: gateway } = route;
    const name = `extra ${formatCidr(to)} ${formatIp(gateway)}`;
    return leg === undefined ? [] : [routeVia(leg, router.id, { name, to, gateway })];
  });
}

/** What leaves by one uplink may come back by another: their hosts share connection state. */
function uplinkGroup(router: NeutronRouter, legs: readonly Leg[]): readonly Entity[] {
  const uplinks = legs.filter(({ isUplink }) => isUplink);
  if (uplinks.length === 0) return [];
  const group: PortGroup = {
    kind: 'portGroup',
    id: derivedId<PortGroupId>(router.id, 'uplinks'),
    tenantId: tenantOf(router),
    name: `uplinks of router ${router.name ?? ''}`.slice(0, 255),
    stateful: true,
  };
  const members = uplinks.map(({ routerPortId: portId }): Entity => ({
    kind: 'portGroupMember',
    groupId: group.id,
    portId,
  }));
  return [group, ...members];
}
