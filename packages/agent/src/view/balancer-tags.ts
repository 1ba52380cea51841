import { deviceTag, type Tag } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import type { BalancerChanges, BalancerDevice, PoolDevice, PoolMember, Vip } from '@midonet/topology';

/**
 * What changes of load balancers mean to flows. Its admin state concerns all through the router; a pool's
 * own state the flows to it; a member's health, or that it goes, those of its connections; which members take
 * new connections, flows of packets that found none to take theirs. Where VIPs and members are: `balancerPlaces`.
 */
export function* balancerTags({ balancers }: BalancerChanges): Generator<Tag> {
  for (const [id, { before, after }] of balancers) {
    if (before === undefined) continue;
    if (after === undefined || before.balancer.adminStateUp !== after.balancer.adminStateUp) {
      yield deviceTag('balancer', id);
    } else yield* poolTags(before, after);
    if ((before.checker === undefined) !== (after?.checker === undefined)) yield deviceTag('healthChecker', id);
  }
}

function* poolTags(before: BalancerDevice, after: BalancerDevice): Generator<Tag> {
  if (before.pools === after.pools && before.health === after.health) return;
  for (const [id, old] of before.pools) {
    const pool = after.pools.get(id);
    if (pool === undefined || old.pool.adminStateUp !== pool.pool.adminStateUp) yield deviceTag('pool', id);
    if (pool === undefined) continue;
    const turned =
      before.health === after.health ? [] : pool.members.filter(turnedBetween(before.health, after.health));
    const gone = old.members === pool.members ? [] : old.members.filter(elsewhereIn(pool.members));
    for (const member of new Set([...turned, ...gone])) yield deviceTag('poolMember', member.id);
    if (turned.length > 0 || old.members !== pool.members) yield deviceTag('poolChoice', id);
  }
}

/** Addresses where VIPs or members came, went or changed: packets from or to there go another way now. */
export function balancerPlaces(before: BalancerDevice, after: BalancerDevice): ReadonlySet<IpAddress> {
  const addresses = new Set<IpAddress>();
  if (before.vips === after.vips && before.pools === after.pools) return addresses;
  const protocols = changedPools(before, after);
  for (const [some, others] of [
    [before, after],
    [after, before],
  ] as const) {
    const byId = new Map(others.vips.map((vip) => [vip.id, vip]));
    for (const vip of some.vips) {
      if (protocols.has(vip.poolId) || !sameVip(vip, byId.get(vip.id))) addresses.add(vip.address);
    }
    for (const [id, pool] of some.pools) {
      const old = others.pools.get(id)?.members ?? [];
      if (old === pool.members && !protocols.has(id)) continue;
      const moved = protocols.has(id) ? pool.members : pool.members.filter(elsewhereIn(old));
      for (const { address } of moved) addresses.add(address);
    }
  }
  return addresses;
}

/** Pools that came or went, or serve another protocol. */
function changedPools(before: BalancerDevice, after: BalancerDevice): ReadonlySet<string> {
  const protocolIn = (device: BalancerDevice, id: PoolDevice['pool']['id']): string | undefined =>
    device.pools.get(id)?.pool.protocol;
  const ids = before.pools === after.pools ? [] : [...before.pools.keys(), ...after.pools.keys()];
  return new Set(ids.filter((id) => protocolIn(before, id) !== protocolIn(after, id)));
}

function sameVip(a: Vip, b: Vip | undefined): boolean {
  if (a === b) return true;
  if (a.poolId !== b?.poolId || a.address !== b.address || a.port !== b.port) return false;
  return a.adminStateUp === b.adminStateUp && a.sessionPersistence === b.sessionPersistence;
}

/** True for members that are none of these, or at another place. */
function elsewhereIn(members: readonly PoolMember[]): (member: PoolMember) => boolean {
  const byId = new Map(members.map((member) => [member.id, member]));
  return ({ id, address, port }) => {
    const other = byId.get(id);
    return other?.address !== address || other.port !== port;
  };
}

type Health = BalancerDevice['health'];

/** The first good news of a member is none: until then it counted as up. */
function turnedBetween(before: Health, after: Health): (member: PoolMember) => boolean {
  return ({ id }) => (before.get(id) === 'down') !== (after.get(id) === 'down');
}
