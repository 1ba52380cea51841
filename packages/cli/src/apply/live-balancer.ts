import type { HealthMonitorDto, PoolDto, PoolMemberDto, VipDto } from '@midonet/contract';
import type { Session } from '../session.ts';
import { byName } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';

/** What a router's load balancer has now; empty when the router has none yet. */
export type LiveBalancer = {
  readonly id: string | undefined;
  readonly up: boolean;
  readonly pools: ReadonlyMap<string, PoolDto>;
  readonly vips: ReadonlyMap<string, VipDto>;
  readonly allPools: readonly PoolDto[];
  readonly allVips: readonly VipDto[];
  /** By pool. */
  readonly members: ReadonlyMap<string, readonly PoolMemberDto[]>;
  readonly monitors: readonly HealthMonitorDto[];
};

export async function liveBalancer(session: Session, live: LiveTopology, router: string): Promise<LiveBalancer> {
  const id = live.routers.get(router)?.loadBalancerId ?? undefined;
  const monitors = await session.directory.healthMonitors();
  if (id === undefined) return { id, up: true, ...NOTHING, monitors };
  const { client } = session;
  const [balancer, allPools, allVips] = await Promise.all([
    client.loadBalancers.get({ id }),
    client.loadBalancers.pools({ id }),
    client.loadBalancers.vips({ id }),
  ]);
  const members = await Promise.all(
    allPools.map(async (pool) => [pool.id, await client.pools.members({ id: pool.id })] as const),
  );
  return {
    id,
    up: balancer.adminStateUp,
    pools: byName(`pool of router ${router}`, allPools),
    vips: byName(`VIP of router ${router}`, allVips),
    allPools,
    allVips,
    members: new Map(members),
    monitors,
  };
}

const NOTHING = {
  pools: new Map<string, never>(),
  vips: new Map<string, never>(),
  allPools: [],
  allVips: [],
  members: new Map<string, never>(),
};
