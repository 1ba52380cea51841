import type { HealthMonitorDto, PoolDto } from '@midonet/contract';
import type { WantedHealth } from './document-balancers.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export type HealthPlan = {
  /** What the pool is to name; undefined leaves it. */
  readonly monitorId: string | null | undefined;
  readonly before: readonly Change[];
  readonly after: readonly Change[];
};

/** The monitor that a file made for this pool alone: it has the pool's name and no other pool. */
export function ownMonitor(
  pool: PoolDto | undefined,
  monitors: readonly HealthMonitorDto[],
  name: string,
): HealthMonitorDto | undefined {
  const monitor = pool === undefined ? undefined : monitors.find(({ id }) => id === pool.healthMonitorId);
  return monitor?.name === name && monitor.poolIds.length === 1 ? monitor : undefined;
}

/**
 * The checks of one pool. A monitor that others share is never changed from here: when it is not what
 * the file says, the pool gets one of its own.
 */
export function planHealth(
  live: LiveTopology,
  at: {
    readonly found: PoolDto | undefined;
    readonly monitors: readonly HealthMonitorDto[];
    readonly name: string;
    readonly tenant: string | undefined;
    readonly wanted: WantedHealth | null | undefined;
  },
): HealthPlan {
  const { found, monitors, name, tenant, wanted } = at;
  if (wanted === undefined) return { monitorId: undefined, before: [], after: [] };
  const own = ownMonitor(found, monitors, name);
  const what = `health monitor ${name}`;
  if (wanted === null) {
    const id = own?.id;
    const gone: Change[] =
      id === undefined ? [] : [{ sign: '-', what, run: (client) => client.healthMonitors.remove({ id }) }];
    return { monitorId: null, before: [], after: gone };
  }
  const current = monitors.find(({ id }) => id === found?.healthMonitorId);
  const body = { ...wanted, adminStateUp: true };
  if (current !== undefined && differences(current, body).length === 0) {
    return { monitorId: current.id, before: [], after: [] };
  }
  // One that was left when its pool went is taken up again.
  const mine = tenant === undefined ? monitors : monitors.filter(({ tenantId }) => tenantId === tenant);
  const reused = own ?? mine.find((one) => one.name === name && one.poolIds.length === 0);
  const id = live.idOf(what, reused);
  if (reused === undefined) {
    const create: Change = {
      sign: '+',
      what,
      run: (client) => client.healthMonitors.create({ body: { ...body, id, tenantId: tenant, name } }),
    };
    return { monitorId: id, before: [create], after: [] };
  }
  const fields = differences(reused, body);
  const update: Change = {
    sign: '~',
    what,
    fields,
    run: (client) => change(client.healthMonitors, { id }, body, reused),
  };
  return { monitorId: id, before: fields.length === 0 ? [] : [update], after: [] };
}
