import { deviceTag, type Tag } from '@midonet/flow';
import type { BalancerChanges, BalancerDevice, PoolDevice } from '@midonet/topology';

/** What changes of load balancers mean to flows: all that asked the balancer are asked anew. */
export function* balancerTags({ balancers }: BalancerChanges): Generator<Tag> {
  for (const [id, { before, after }] of balancers) {
    if (before === undefined) continue;
    if (after === undefined || matters(before, after)) yield deviceTag('balancer', id);
  }
}

function matters(before: BalancerDevice, after: BalancerDevice): boolean {
  if (before.balancer.adminStateUp !== after.balancer.adminStateUp) return true;
  if (before.vips !== after.vips || before.pools.size !== after.pools.size) return true;
  if (before.pools !== after.pools) {
    for (const [id, pool] of after.pools) if (poolMatters(before.pools.get(id), pool)) return true;
  }
  return before.health !== after.health && healthMatters(before.health, after.health);
}

/** How members are asked for their health decides nothing; what came of it is in the health. */
function poolMatters(before: PoolDevice | undefined, after: PoolDevice): boolean {
  if (before?.members !== after.members) return true;
  return before.pool.adminStateUp !== after.pool.adminStateUp || before.pool.protocol !== after.pool.protocol;
}

/** The first good news of a member is none: until then it counted as up. */
function healthMatters(before: BalancerDevice['health'], after: BalancerDevice['health']): boolean {
  for (const [id, status] of before) if ((status === 'down') !== (after.get(id) === 'down')) return true;
  for (const [id, status] of after) if (status === 'down' && !before.has(id)) return true;
  return false;
}
