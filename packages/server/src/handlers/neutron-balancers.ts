import { roleOf, type LbHealthMonitor, type PoolV2 } from '@midonet/neutron';
import type { HealthMonitorId, PoolId, RouterId } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import type { Group, Handlers } from '../http/handlers.ts';
import { badRequest } from '../http/problem.ts';
import type { NeutronChanges } from '../neutron/neutron-changes.ts';
import { completed, crud, type Asked, type Body, type Crud } from './neutron-crud.ts';
import { pathId } from './services.ts';

type BalancerGroup = Extract<keyof Handlers, `neutronLb${string}` | `neutron${string}V2`>;

export function neutronBalancerHandlers(changes: NeutronChanges): Pick<Handlers, BalancerGroup> {
  const monitors = crud(changes, 'lbHealthMonitor', 'lb', 'health_monitors');
  return {
    neutronLbPools: pools(changes, monitors),
    neutronLbMembers: crud(changes, 'lbMember', 'lb', 'members'),
    neutronLbVips: crud(changes, 'lbVip', 'lb', 'vips'),
    neutronLbHealthMonitors: monitors,
    neutronLbPoolHealthMonitors: {
      create: async ({ body: { pool_id: pool, health_monitor_id: id }, ...asked }) => {
        if ((await changes.rows.get('lbHealthMonitor', id)) === undefined) {
          throw badRequest([{ property: 'health_monitor_id', message: `there is no lbHealthMonitor ${id}` }]);
        }
        return bind(changes, monitors, { pool, monitor: { id } }, asked);
      },
      remove: async ({ params, author }) => {
        await unbind(changes, params.id, () => true, author);
        return undefined;
      },
    },
    neutronLoadBalancersV2: crud(changes, 'loadBalancerV2', 'lbs_v2'),
    neutronListenersV2: crud(changes, 'listenerV2', 'listeners_v2'),
    neutronPoolsV2: poolsV2(changes),
    neutronPoolMembersV2: crud(changes, 'poolMemberV2', 'pool_members_v2'),
    neutronHealthMonitorsV2: crud(changes, 'healthMonitorV2', 'health_monitors_v2'),
  };
}

function pools(changes: NeutronChanges, monitors: Crud): Group<'neutronLbPools'> {
  const all = crud(changes, 'lbPool', 'lb', 'pools');
  return {
    ...all,
    create: async ({ body, ...asked }) => {
      const pool = completed('lbPool', body);
      const router_id = pool.router_id ?? (await routerAt(changes, pool.subnet_id ?? ''));
      return all.create({ ...asked, body: { ...pool, router_id } });
    },
    // Neutron tells of its router once.
    update: ({ body, ...asked }) => {
      const { router_id: router, ...others }: { readonly router_id?: RouterId | null | undefined } = body;
      return all.update({ ...asked, body: router === null ? others : body });
    },
    addMonitor: ({ params, body, ...asked }) =>
      bind(changes, monitors, { pool: pathId<PoolId>('pool', params.id), monitor: body }, asked),
    removeMonitor: async ({ params, author }) => {
      await unbind(changes, params.monitorId, (pool) => pool === params.id, author);
      return undefined;
    },
  };
}

/** The router that has an interface there. */
async function routerAt({ rows }: NeutronChanges, subnet: string): Promise<RouterId | undefined> {
  for (const port of await rows.naming('subnet', subnet, 'port')) {
    if (roleOf(port) !== 'routerInterface') continue;
    const [leg] = await rows.naming('port', port.id, 'routerInterface');
    if (leg !== undefined) return leg.id;
  }
  return undefined;
}

type Binding = { readonly pool: PoolId; readonly monitor: Body & { readonly id?: HealthMonitorId | null | undefined } };

/** The pool is one more of those that the monitor has; a monitor that is not there yet comes as a whole. */
async function bind(changes: NeutronChanges, monitors: Crud, { pool, monitor }: Binding, asked: Asked) {
  const { pools: given, ...whole } = completed('lbHealthMonitor', monitor);
  const known = await changes.rows.get('lbHealthMonitor', whole.id);
  const others = (known ?? { pools: given }).pools ?? [];
  const pools = [...others.filter(({ pool_id: id }) => id !== pool), { pool_id: pool }];
  return known === undefined
    ? monitors.create({ ...asked, body: { ...whole, pools } })
    : monitors.update({ ...asked, params: { id: whole.id }, body: { pools } });
}

/** What is not there has no pool. */
async function unbind(
  changes: NeutronChanges,
  monitor: string,
  isMeant: (pool: PoolId) => boolean,
  author: Actor,
): Promise<void> {
  if ((await changes.rows.get('lbHealthMonitor', monitor)) === undefined) return;
  const without = (old: LbHealthMonitor): LbHealthMonitor => ({
    ...old,
    pools: (old.pools ?? []).filter(({ pool_id: id }) => !isMeant(id)),
  });
  await changes.update('lbHealthMonitor', monitor, without, author);
}

/** A pool comes with its listener; in Neutron's own books it is that listener's default from then on. */
function poolsV2(changes: NeutronChanges): Crud {
  const all = crud(changes, 'poolV2', 'pools_v2');
  const lead = async (id: string, before: PoolV2 | undefined, author: Actor): Promise<void> => {
    const after = await changes.rows.get('poolV2', id);
    if (after === undefined) return;
    const known = listenersOf(before);
    for (const listener of listenersOf(after)) {
      if (known.has(listener) || (await changes.rows.get('listenerV2', listener)) === undefined) continue;
      await changes.update('listenerV2', listener, (old) => ({ ...old, default_pool_id: after.id }), author);
    }
  };
  return {
    ...all,
    create: async ({ body, ...asked }) => {
      const pool = await all.create({ ...asked, body });
      await lead(pool.id, undefined, asked.author);
      return pool;
    },
    update: async (asked) => {
      const before = await changes.rows.get('poolV2', asked.params.id);
      const pool = await all.update(asked);
      await lead(pool.id, before, asked.author);
      return pool;
    },
  };
}

function listenersOf(pool: PoolV2 | undefined): ReadonlySet<string> {
  const first = pool?.listener_id ?? undefined;
  return new Set([...(first === undefined ? [] : [first]), ...(pool?.listeners ?? [])]);
}
