import type { Entity, LoadBalancerId, RouterId, VipId } from '@midonet/topology';
import { isIp4 } from '@midonet/packet';
import { derivedId } from '../derived-id.ts';
import type { FloatingIp, LbHealthMonitor, LbMember, LbPool, LbVip, NeutronRouter } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import type { Leg } from './legs.ts';
import { balancerEntity, memberEntity, monitorEntity, poolEntity, vipEntity } from './pools.ts';
import { DYNAMIC, ETHERTYPE_IPV4, ETHERTYPE_IPV6, is, natTo, type NamedRule } from './rules.ts';

/** Load balancers of the first kind: all pools of a router are in one, which Neutron has no object for. */

export function routerBalancerId(routerId: RouterId): LoadBalancerId {
  return derivedId<LoadBalancerId>(routerId, 'load balancer');
}

export async function lbPoolTopology(pool: LbPool, read: NeutronReader): Promise<readonly Entity[]> {
  const loadBalancerId = await balancerOf(pool, read);
  if (loadBalancerId === undefined) return [];
  const [monitor] = await read.naming('lbPool', pool.id, 'lbHealthMonitor');
  return [poolEntity(pool, { loadBalancerId, healthMonitorId: monitor?.id })];
}

export async function lbMemberTopology(member: LbMember, read: NeutronReader): Promise<readonly Entity[]> {
  const pool = await poolOf(member, read);
  if (pool === undefined || (await balancerOf(pool, read)) === undefined) return [];
  return [memberEntity(member, pool.id)];
}

export async function lbVipTopology(vip: LbVip, read: NeutronReader): Promise<readonly Entity[]> {
  const pool = await poolOf(vip, read);
  const loadBalancerId = pool === undefined ? undefined : await balancerOf(pool, read);
  if (pool === undefined || loadBalancerId === undefined) return [];
  const { id, address, session_persistence: persistence } = vip;
  return [vipEntity(vip, { id, loadBalancerId, poolId: pool.id, address, persistence })];
}

export function lbHealthMonitorTopology(monitor: LbHealthMonitor): readonly Entity[] {
  return [monitorEntity(monitor)];
}

/**
 * The floating IP of a VIP's port: the balancer comes before translation of addresses, so it has to know
 * the VIP by this address as well.
 */
export async function floatingVips(floating: FloatingIp, router: NeutronRouter, read: NeutronReader) {
  const found: Entity[] = [];
  for (const vip of await read.naming('port', floating.port_id ?? '', 'lbVip')) {
    const pool = await poolOf(vip, read);
    if (pool?.router_id !== router.id) continue;
    const id = derivedId<VipId>(floating.id, `VIP ${vip.id}`);
    const { floating_ip_address: address } = floating;
    const { session_persistence: persistence } = vip;
    const loadBalancerId = routerBalancerId(router.id);
    found.push(vipEntity(vip, { id, loadBalancerId, poolId: pool.id, address, persistence }));
  }
  return found;
}

async function poolOf({ pool_id: id }: LbMember | LbVip, read: NeutronReader): Promise<LbPool | undefined> {
  return id === null || id === undefined ? undefined : read.get('lbPool', id);
}

/** Undefined: its router is not there. */
async function balancerOf({ router_id: id }: LbPool, read: NeutronReader): Promise<LoadBalancerId | undefined> {
  const router = id === null || id === undefined ? undefined : await read.get('router', id);
  return router === undefined ? undefined : routerBalancerId(router.id);
}

export type RouterBalancer = {
  readonly id: LoadBalancerId;
  readonly entities: readonly Entity[];
  /** For the end of the router's outbound chain. */
  readonly rules: readonly NamedRule[];
};

/** What a router has beside its pools, members and VIPs when it has any pool. */
export async function routerBalancer(
  router: NeutronRouter,
  legs: readonly Leg[],
  read: NeutronReader,
): Promise<RouterBalancer | undefined> {
  const pools = await read.naming('router', router.id, 'lbPool');
  if (pools.length === 0) return undefined;
  const vips = (await Promise.all(pools.map(({ id }) => read.naming('lbPool', id, 'lbVip')))).flat();
  const id = routerBalancerId(router.id);
  const { tenant_id, project_id } = router;
  return {
    id,
    entities: [balancerEntity(id, { tenant_id, project_id }), ...(await answered(vips, legs, read))],
    rules: legs.flatMap(turned),
  };
}

/** Who asks a network for a VIP of its subnet is told the router's MAC: routers answer for their own addresses only. */
async function answered(vips: readonly LbVip[], legs: readonly Leg[], read: NeutronReader): Promise<readonly Entity[]> {
  const rows = new Map<string, Entity>();
  for (const { address: ip, subnet_id: subnetId } of vips) {
    const subnet = await read.get('subnet', subnetId ?? '');
    const leg = legs.find(({ port, isUplink }) => !isUplink && port.network_id === subnet?.network_id);
    if (leg === undefined) continue;
    const { network_id: bridgeId, mac_address: mac } = leg.port;
    rows.set(`${bridgeId} ${ip}`, { kind: 'staticArp', bridgeId, ip, mac });
  }
  return [...rows.values()];
}

/**
 * What is balanced back into the network it came from gets the router's own address there, or the
 * member would answer its neighbour directly, from an address that one did not ask.
 */
function turned({ routerPortId, addresses }: Leg): readonly NamedRule[] {
  const own = addresses.map(({ address }) => address);
  const there = { inPorts: is([routerPortId]), outPorts: is([routerPortId]), nwDstRewritten: true } as const;
  return [own.find(isIp4), own.find((address) => !isIp4(address))].flatMap((address): NamedRule[] => {
    if (address === undefined) return [];
    const family = isIp4(address) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    const rule = { ...natTo('snat', address, DYNAMIC), condition: { ...there, dlType: is(family) } };
    return [[`turned ${routerPortId} ${family}`, rule]];
  });
}
