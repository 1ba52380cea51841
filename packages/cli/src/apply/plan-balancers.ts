import { placeText } from '../objects/place-text.ts';
import type { Session } from '../session.ts';
import type { WantedBalancer, WantedPool } from './document-balancers.ts';
import type { WantedRouter } from './document.ts';
import { nameIn, renamedTo } from './keys.ts';
import { liveBalancer, type LiveBalancer } from './live-balancer.ts';
import type { LiveTopology } from './live-topology.ts';
import { ownMonitor, planHealth } from './plan-health.ts';
import { planPoolMembers } from './plan-pool-members.ts';
import { turnedPool } from './plan-turned-pools.ts';
import { planVips } from './plan-vips.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

type Place = {
  readonly live: LiveTopology;
  readonly balancer: LiveBalancer;
  readonly router: string;
  readonly tenant: string | undefined;
};

/** The load balancer of a router, of the tenant of the file. */
export async function planBalancer(
  session: Session,
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedRouter; readonly tenant: string | undefined },
): Promise<Change[]> {
  if (wanted.balancer === undefined) return [];
  const { name: router } = wanted;
  const routerId = live.idOf(`router ${router}`, live.routers.get(router));
  const balancer = await liveBalancer(session, live, router);
  const id = live.idOf(`load balancer ${router}`, balancer.id === undefined ? undefined : { id: balancer.id });
  const at: Place = { live, balancer, router, tenant };
  const { pools, vips } = wanted.balancer;
  const turned = new Map(pools.map((pool) => [pool, turnedPool(balancer, router, pool, vips)]));
  const done = new Set([...turned.values()].flatMap((one) => [...(one?.vips ?? [])]));
  return [
    ...planItself(at, { id, routerId, wanted: wanted.balancer }),
    ...pools.flatMap((pool) => planPool(at, id, pool, turned.get(pool)?.change)),
    ...planVips(
      at,
      vips.filter(({ name }) => !done.has(name)),
    ),
  ];
}

function planItself(
  { balancer, router, tenant }: Place,
  { id, routerId, wanted }: { readonly id: string; readonly routerId: string; readonly wanted: WantedBalancer },
): Change[] {
  const what = `load balancer of router ${router}`;
  const body = { adminStateUp: wanted.up };
  if (balancer.id === undefined) {
    const run: Change['run'] = async (client) => {
      await client.loadBalancers.create({ body: { id, tenantId: tenant, ...body } });
      await change(client.routers, { id: routerId }, { loadBalancerId: id }, { loadBalancerId: null });
    };
    return [{ sign: '+', what, run }];
  }
  const fields = differences({ adminStateUp: balancer.up }, body);
  const run: Change['run'] = (client) => change(client.loadBalancers, { id }, body, { adminStateUp: balancer.up });
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

/** `turned`: what brings its members to the other IP version, with its VIPs. */
function planPool(
  { live, balancer, router, tenant }: Place,
  balancerId: string,
  wanted: WantedPool,
  turned: Change | undefined,
): Change[] {
  const { name, protocol } = wanted;
  const found = balancer.pools.get(name);
  const id = live.idOf(`pool ${router}/${name}`, found);
  const what = `pool ${name} on router ${router}`;
  const health = planHealth(live, {
    found,
    monitors: balancer.monitors,
    name: `${router}/${name}`,
    tenant,
    wanted: wanted.health,
  });
  const changes: Change[] = [...health.before];
  const body = { name: renamedTo(name), protocol, adminStateUp: wanted.up, healthMonitorId: health.monitorId };
  if (found === undefined) {
    const run: Change['run'] = (client) =>
      client.loadBalancers.createPool({ id: balancerId, body: { ...body, id, name: nameIn(name) } });
    changes.push({ sign: '+', what, run });
  } else {
    const nameOf = (monitor: string | null | undefined) =>
      monitor && (balancer.monitors.find((one) => one.id === monitor)?.name ?? `${router}/${name}`);
    const fields = differences(
      { ...found, health: nameOf(found.healthMonitorId) },
      { name: body.name, protocol, adminStateUp: wanted.up, health: nameOf(health.monitorId) },
    );
    const changed = fields.length > 0 || (body.healthMonitorId ?? found.healthMonitorId) !== found.healthMonitorId;
    const run: Change['run'] = (client) => change(client.pools, { id }, body, found);
    if (changed) changes.push({ sign: '~', what, fields, run });
  }
  const members = found === undefined ? [] : (balancer.members.get(found.id) ?? []);
  const ofMembers = turned === undefined ? planPoolMembers({ id, what, members }, wanted.members) : [turned];
  return [...changes, ...ofMembers, ...health.after];
}

/** Pools and VIPs that the file does not name. VIPs go before others take their place, pools when nothing of the file needs them. */
export async function planBalancerPrune(
  session: Session,
  live: LiveTopology,
  wanted: WantedRouter,
): Promise<{ readonly before: readonly Change[]; readonly after: readonly Change[] }> {
  if (wanted.balancer === undefined) return { before: [], after: [] };
  const { name: router } = wanted;
  const balancer = await liveBalancer(session, live, router);
  const pools = new Set(wanted.balancer.pools.map(({ name }) => balancer.pools.get(name)?.id));
  const vips = new Set(wanted.balancer.vips.map(({ name }) => balancer.vips.get(name)?.id));
  const before = balancer.allVips
    .filter(({ id }) => !vips.has(id))
    .map((vip): Change => {
      const what = `VIP ${vip.name ?? placeText(vip)} on router ${router}`;
      return { sign: '-', what, run: (client) => client.vips.remove({ id: vip.id }) };
    });
  const after = balancer.allPools
    .filter(({ id }) => !pools.has(id))
    .flatMap((pool): Change[] => {
      const name = pool.name ?? pool.id;
      const what = `pool ${name} on router ${router}`;
      const monitor = ownMonitor(pool, balancer.monitors, `${router}/${name}`);
      return [
        { sign: '-', what, run: (client) => client.pools.remove({ id: pool.id }) },
        ...(monitor === undefined
          ? []
          : [{ sign: '-' as const, what: `health monitor ${router}/${name}`, run: removeMonitor(monitor.id) }]),
      ];
    });
  return { before, after };
}

function removeMonitor(id: string): Change['run'] {
  return (client) => client.healthMonitors.remove({ id });
}
