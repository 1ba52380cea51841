import type { BalancerDevice } from '@midonet/topology';
import type { CheckSpec } from './member-check.ts';

/** Who is to be asked: also members that take no new connections, since those they have depend on it. */
export function checksToMake({ balancer, pools }: BalancerDevice): CheckSpec[] {
  if (!balancer.adminStateUp) return [];
  return [...pools.values()].flatMap(({ pool, members, monitor }) =>
    pool.adminStateUp && monitor?.adminStateUp === true
      ? members.map((member): CheckSpec => ({ poolId: pool.id, member, monitor }))
      : [],
  );
}
