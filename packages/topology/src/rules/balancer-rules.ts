import { formatIp, type IpAddress } from '@midonet/packet';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, Vip } from '../balancer-entities.ts';
import type { Router } from '../entities.ts';
import { indexKey } from '../keys.ts';
import { familyOf, vipPlace } from './balancer-index.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** Deletes a load balancer with its pools, members and VIPs; its router loses it. */
export async function deleteLoadBalancer(balancer: LoadBalancer, read: Read, list: WriteList): Promise<undefined> {
  for (const id of await read.below(indexKey('loadBalancer', balancer.id, 'router', ''))) {
    const router = await read.get('router', id);
    if (router !== undefined) list.update(router, { ...router, loadBalancerId: undefined });
  }
  for (const id of await read.below(indexKey('loadBalancer', balancer.id, 'pool', ''))) {
    const pool = await read.get('pool', id);
    if (pool !== undefined) await deletePool(pool, read, list);
  }
  list.removeKey(`healthChecker/${balancer.id}`);
  list.remove(balancer);
  return undefined;
}

/** Deletes a pool with its members and the VIPs that lead to it. */
export async function deletePool(pool: Pool, read: Read, list: WriteList): Promise<undefined> {
  for (const kind of ['poolMember', 'vip'] as const) {
    for (const id of await read.below(indexKey('pool', pool.id, kind, ''))) {
      const child = await read.get(kind, id);
      if (child !== undefined) list.remove(child);
    }
  }
  list.removeBelow(`memberHealth/${pool.id}/`);
  list.remove(pool);
  return undefined;
}

export function deletePoolMember(member: PoolMember, list: WriteList): undefined {
  list.removeKey(`memberHealth/${member.poolId}/${member.id}`);
  list.remove(member);
  return undefined;
}

/** Deletes a health monitor; its pools go on without one. */
export async function deleteHealthMonitor(monitor: HealthMonitor, read: Read, list: WriteList): Promise<undefined> {
  for (const id of await read.below(indexKey('healthMonitor', monitor.id, 'pool', ''))) {
    const pool = await read.get('pool', id);
    if (pool === undefined) continue;
    list.update(pool, { ...pool, healthMonitorId: undefined });
    list.removeBelow(`memberHealth/${id}/`);
  }
  list.remove(monitor);
  return undefined;
}

/** A load balancer that a router names now and did not before must be there; that it is at no other, its unique row tells. */
export async function checkBalancerOf(
  before: Router | undefined,
  after: Router,
  read: Read,
): Promise<Refused | undefined> {
  const id = after.loadBalancerId;
  if (id === undefined || id === before?.loadBalancerId || (await read.exists(`loadBalancer/${id}`))) return undefined;
  return refused('invalid', 'loadBalancerId', `no load balancer ${id}`);
}

/** While it has a load balancer a router stays: what leads to its VIPs would end nowhere. */
export function checkNoBalancer(router: Router): Refused | undefined {
  const id = router.loadBalancerId;
  if (id === undefined) return undefined;
  return refused('inUse', 'loadBalancerId', `load balancer ${id} is attached: delete it, or take it off the router`);
}

export async function checkPool(before: Pool | undefined, after: Pool, read: Read): Promise<Refused | undefined> {
  if (before === undefined && !(await read.exists(`loadBalancer/${after.loadBalancerId}`))) {
    return refused('notFound', 'loadBalancerId', `no load balancer ${after.loadBalancerId}`);
  }
  const monitor = after.healthMonitorId;
  if (monitor !== undefined && monitor !== before?.healthMonitorId) {
    if (!(await read.exists(`healthMonitor/${monitor}`))) {
      return refused('invalid', 'healthMonitorId', `no health monitor ${monitor}`);
    }
  }
  if (before === undefined || before.protocol === after.protocol) return undefined;
  for (const id of await read.below(indexKey('pool', after.id, 'vip', ''))) {
    const vip = await read.get('vip', id);
    const refusal = vip === undefined ? undefined : await checkPlaceFree(vip, after, 'protocol', read);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

export async function checkPoolMember(
  before: PoolMember | undefined,
  after: PoolMember,
  read: Read,
): Promise<Refused | undefined> {
  if (before === undefined && !(await read.exists(`pool/${after.poolId}`))) {
    return refused('notFound', 'poolId', `no pool ${after.poolId}`);
  }
  return before?.address === after.address ? undefined : checkFamily(after, read);
}

/** The pool is of the same load balancer, and no other VIP there has this address, port and protocol. */
export async function checkVip(before: Vip | undefined, after: Vip, read: Read): Promise<Refused | undefined> {
  const pool = await read.get('pool', after.poolId);
  if (pool === undefined) {
    return refused(before === undefined ? 'notFound' : 'invalid', 'poolId', `no pool ${after.poolId}`);
  }
  if (pool.loadBalancerId !== after.loadBalancerId) {
    const property = before === undefined ? 'loadBalancerId' : 'poolId';
    return refused('invalid', property, `pool ${pool.id} is of load balancer ${pool.loadBalancerId}`);
  }
  const moved = before?.poolId !== after.poolId;
  if (moved || before.address !== after.address) {
    const refusal = await checkFamily(after, read);
    if (refusal !== undefined) return refusal;
  }
  return moved || before.address !== after.address || before.port !== after.port
    ? checkPlaceFree(after, pool, 'protocolPort', read)
    : undefined;
}

/** Members and VIPs of the other IP version must not be in the pool; those of the same do not disturb each other. */
async function checkFamily(one: PoolMember | Vip, read: Read): Promise<Refused | undefined> {
  const other = familyOf(one.address) === 'ip4' ? 'ip6' : 'ip4';
  const [id] = (await read.below(indexKey('pool', one.poolId, other, ''))).filter((rest) => rest !== one.id);
  if (id === undefined) return undefined;
  const version = other === 'ip4' ? 'IPv4' : 'IPv6';
  return refused('invalid', 'address', `must be ${version} as ${id} of the same pool is: addresses are not translated`);
}

async function checkPlaceFree(vip: Vip, pool: Pool, property: string, read: Read): Promise<Refused | undefined> {
  for (const id of await read.below(`${vipPlace(vip)}/`)) {
    const other = id === vip.id ? undefined : await read.get('vip', id);
    const its =
      other === undefined ? undefined : other.poolId === pool.id ? pool : await read.get('pool', other.poolId);
    if (its?.protocol !== pool.protocol) continue;
    return refused('conflict', property, `VIP ${id} has ${pool.protocol} ${printPlace(vip.address, vip.port)} already`);
  }
  return undefined;
}

function printPlace(address: IpAddress, port: number): string {
  return typeof address === 'number' ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
}
