import type { HealthMonitorDto, PoolDto } from '@midonet/contract';
import { nameOf } from '../objects/directory.ts';
import { memberState } from '../objects/load-balancers.ts';
import { placeText } from '../objects/place-text.ts';
import type { Session } from '../session.ts';
import { section, type Section } from './section.ts';

export async function balancerSections(session: Session, id: string): Promise<Section[]> {
  return poolsSections(session, await session.client.loadBalancers.pools({ id }));
}

/** Pools with what hangs on them: members, VIPs, monitors. */
export async function poolsSections(session: Session, pools: readonly PoolDto[]): Promise<Section[]> {
  const { client } = session;
  const members = await Promise.all(pools.map(({ id }) => client.pools.members({ id })));
  const vips = await Promise.all(pools.map(({ id }) => client.pools.vips({ id })));
  const monitors = (await session.directory.healthMonitors()).filter((one) =>
    pools.some(({ healthMonitorId }) => healthMonitorId === one.id),
  );
  const names = new Map(pools.map((pool) => [pool.id, nameOf(pool) || session.idText(pool.id)]));
  const pool = (id: string | null): string => names.get(id ?? '') ?? '';
  return [
    section('pools', ['ID', 'NAME', 'PROTOCOL', 'STATE'], pools, (one) => [
      session.idText(one.id),
      nameOf(one),
      one.protocol.toLowerCase(),
      one.adminStateUp ? 'up' : 'down',
    ]),
    section('VIPs', ['POOL', 'AT', 'NAME', 'STICKY', 'STATE'], vips.flat(), (one) => [
      pool(one.poolId),
      placeText(one),
      nameOf(one),
      one.sessionPersistence === null ? '' : 'source-ip',
      one.adminStateUp ? 'up' : 'down',
    ]),
    section('members', ['POOL', 'AT', 'WEIGHT', 'STATE'], members.flat(), (one) => [
      pool(one.poolId),
      placeText(one),
      String(one.weight),
      memberState(one),
    ]),
    monitorSection(session, monitors),
  ];
}

function monitorSection(session: Session, monitors: readonly HealthMonitorDto[]): Section {
  return section('health monitors', ['ID', 'NAME', 'TYPE', 'DELAY', 'TIMEOUT', 'RETRIES'], monitors, (one) => [
    session.idText(one.id),
    nameOf(one),
    one.type.toLowerCase(),
    String(one.delay),
    String(one.timeout),
    String(one.maxRetries),
  ]);
}
