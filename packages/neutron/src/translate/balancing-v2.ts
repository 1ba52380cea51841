import { isIp4, type IpAddress } from '@midonet/packet';
import type { ChainId, Entity, LoadBalancerId, Router, RouterId, VipId } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import { tenantOf } from '../objects/fields.ts';
import type {
  HealthMonitorV2,
  ListenerV2,
  LoadBalancerV2,
  NeutronPort,
  PoolMemberV2,
  PoolV2,
} from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { legOf, legTopology } from './legs.ts';
import { balancerEntity, memberEntity, monitorEntity, poolEntity, vipEntity } from './pools.ts';
import { filteredPort } from './port.ts';
import { chainOf, DYNAMIC, ETHERTYPE_IPV4, ETHERTYPE_IPV6, host, is, natTo, not, rulesOf } from './rules.ts';

/**
 * A load balancer of the second kind is a router of its own, with one port: that of its VIP. What it
 * balances leaves by this port again, so clients and members may be anywhere, in one network too.
 */
export async function loadBalancerV2Topology(lb: LoadBalancerV2, read: NeutronReader): Promise<readonly Entity[]> {
  const told = await vipPortOf(lb, read);
  const network = told === undefined ? undefined : await read.get('network', told.network_id);
  if (told === undefined || network === undefined) return [];
  // Neutron makes the port down and has none that brings it up.
  const port: NeutronPort = { ...told, admin_state_up: true };
  const leg = await legOf(port, true, read);
  const [routerId, tenantId] = [derivedId<RouterId>(lb.id, 'router'), tenantOf(lb)];
  const chain = (name: string): ChainId => derivedId<ChainId>(lb.id, `router ${name}`);
  const router: Router = {
    kind: 'router',
    id: routerId,
    tenantId,
    name: `load balancer ${lb.name ?? ''}`.slice(0, 255),
    adminStateUp: true,
    inboundFilterId: chain('inbound'),
    outboundFilterId: chain('outbound'),
    loadBalancerId: lb.id,
  };
  return [
    ...(['inbound', 'outbound'] as const).map((name) => chainOf(chain(name), tenantId, `${router.name} ${name}`)),
    ...rulesOf(chain('inbound'), [['others', { type: 'drop', condition: { nwDst: not(host(lb.vip_address)) } }]]),
    ...rulesOf(chain('outbound'), [['members', ownSource(lb.vip_address)]]),
    balancerEntity(lb.id, lb),
    router,
    ...(leg.isUplink ? [] : await filteredPort(port, read)),
    ...legTopology(leg, routerId),
  ];
}

/** Members answer the VIP's address, so their answers come back here. */
function ownSource(address: IpAddress) {
  const dlType = is(isIp4(address) ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
  return { ...natTo('snat', address, DYNAMIC), condition: { dlType, nwDstRewritten: true } } as const;
}

export async function poolV2Topology(pool: PoolV2, read: NeutronReader): Promise<readonly Entity[]> {
  const loadBalancerId = await balancerOf(pool, read);
  if (loadBalancerId === undefined) return [];
  return [poolEntity(pool, { loadBalancerId, healthMonitorId: await monitorOf(pool, read) })];
}

export async function poolMemberV2Topology(member: PoolMemberV2, read: NeutronReader): Promise<readonly Entity[]> {
  const pool = await read.get('poolV2', member.pool_id);
  if (pool === undefined || (await balancerOf(pool, read)) === undefined) return [];
  return [memberEntity(member, pool.id)];
}

/** A VIP, as soon as there is a pool for it. */
export async function listenerV2Topology(listener: ListenerV2, read: NeutronReader): Promise<readonly Entity[]> {
  const pool = await read.get('poolV2', listener.default_pool_id ?? '');
  const loadBalancerId = pool === undefined ? undefined : await balancerOf(pool, read);
  const lb = loadBalancerId === undefined ? undefined : await read.get('loadBalancerV2', loadBalancerId);
  if (pool === undefined || lb === undefined) return [];
  const { vip_address: address } = lb;
  const { session_persistence: persistence } = pool;
  const id: VipId = listener.id;
  return [vipEntity(listener, { id, loadBalancerId: lb.id, poolId: pool.id, address, persistence })];
}

export function healthMonitorV2Topology(monitor: HealthMonitorV2): readonly Entity[] {
  return [monitorEntity(monitor)];
}

/** Of a load balancer that is in the topology. A pool that is told none has that of its listener. */
export async function balancerOf(pool: PoolV2, read: NeutronReader): Promise<LoadBalancerId | undefined> {
  const listener = await read.get('listenerV2', pool.listener_id ?? pool.listeners?.[0] ?? '');
  const id = pool.loadbalancers?.[0] ?? listener?.loadbalancers?.[0];
  const lb = id === undefined ? undefined : await read.get('loadBalancerV2', id);
  return lb === undefined || (await vipPortOf(lb, read)) === undefined ? undefined : lb.id;
}

async function vipPortOf({ vip_port_id: id }: LoadBalancerV2, read: NeutronReader): Promise<NeutronPort | undefined> {
  return id === null || id === undefined ? undefined : read.get('port', id);
}

/** Whichever of the two names the other: pools are told of a monitor later than monitors of a pool. */
async function monitorOf({ id, healthmonitor_id: named }: PoolV2, read: NeutronReader) {
  const monitor = await read.get('healthMonitorV2', named ?? '');
  return (monitor ?? (await read.naming('poolV2', id, 'healthMonitorV2'))[0])?.id;
}
