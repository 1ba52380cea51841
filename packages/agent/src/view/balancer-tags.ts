import { deviceTag, type Tag } from '@midonet/flow';
import type { BalancerChanges, BalancerDevice, PoolMember } from '@midonet/topology';

/**
 * What changes of load balancers mean to flows. Where VIPs and members are concerns all flows through
 * the router; a member's health, those of its connections; which members take new connections, flows of
 * packets that found none to take theirs.
 */
export function* balancerTags({ balancers }: BalancerChanges): Generator<Tag> {
  for (const [id, { before, after }] of balancers) {
    if (before === undefined) continue;
    if (after === undefined || placesMatter(before, after)) yield deviceTag('balancer', id);
    else yield* poolTags(before, after);
    if ((before.checker === undefined) !== (after?.checker === undefined)) yield deviceTag('healthChecker', id);
  }
}

function placesMatter(before: BalancerDevice, after: BalancerDevice): boolean {
  if (before.balancer.adminStateUp !== after.balancer.adminStateUp) return true;
  if (before.vips !== after.vips || before.pools.size !== after.pools.size) return true;
  if (before.pools === after.pools) return false;
  for (const [id, pool] of after.pools) {
    const old = before.pools.get(id);
    if (old === undefined || old.pool.protocol !== pool.pool.protocol) return true;
    if (old.members !== pool.members && !samePlaces(old.members, pool.members)) return true;
  }
  return false;
}

/** Both in the order of their ids. */
function samePlaces(before: readonly PoolMember[], after: readonly PoolMember[]): boolean {
  if (before.length !== after.length) return false;
  return before.every(({ id, address, port }, i) => {
    const other = after[i];
    return id === other?.id && address === other.address && port === other.port;
  });
}

function* poolTags(before: BalancerDevice, after: BalancerDevice): Generator<Tag> {
  if (before.pools === after.pools && before.health === after.health) return;
  for (const [id, pool] of after.pools) {
    const old = before.pools.get(id);
    if (old?.pool.adminStateUp !== pool.pool.adminStateUp) yield deviceTag('pool', id);
    const turned =
      before.health === after.health ? [] : pool.members.filter(turnedBetween(before.health, after.health));
    for (const member of turned) yield deviceTag('poolMember', member.id);
    if (turned.length > 0 || old?.members !== pool.members) yield deviceTag('poolChoice', id);
  }
}

type Health = BalancerDevice['health'];

/** The first good news of a member is none: until then it counted as up. */
function turnedBetween(before: Health, after: Health): (member: PoolMember) => boolean {
  return ({ id }) => (before.get(id) === 'down') !== (after.get(id) === 'down');
}
