import { MOST_OPERATIONS, type Client } from '@midonet/contract';
import { failure } from '../cli-error.ts';
import { placeText } from '../objects/place-text.ts';
import { patienceFor } from './claims.ts';
import type { WantedPool, WantedVip } from './document-balancers.ts';
import { nameIn } from './keys.ts';
import type { LiveBalancer } from './live-balancer.ts';
import type { Change } from './plan.ts';

type Op = Parameters<Client['batch']['run']>[0]['body']['operations'][number];
type Placed = { readonly address: string };

/** A pool whose members and VIPs go to the other IP version together. */
export type TurnedPool = { readonly change: Change; readonly vips: ReadonlySet<string> };

/**
 * A pool has members and VIPs of one IP version, so that they can change it only all at once: in one
 * transaction the old ones go and the new ones come; VIPs keep their ids. Undefined where nothing of the
 * kind is wanted, or where one thing after the other does.
 */
export function turnedPool(
  balancer: LiveBalancer,
  router: string,
  { name, members }: WantedPool,
  wantedVips: readonly WantedVip[],
): TurnedPool | undefined {
  const pool = balancer.pools.get(name);
  if (pool === undefined || members === undefined) return undefined;
  const oldMembers = balancer.members.get(pool.id) ?? [];
  const oldVips = balancer.allVips.filter(({ poolId }) => poolId === pool.id);
  const vips = wantedVips.flatMap((vip) => {
    const found = balancer.vips.get(vip.name);
    return vip.pool === name && found?.poolId === pool.id ? [{ vip, found }] : [];
  });
  const was = versionOf([...oldMembers, ...oldVips]);
  const becomes = versionOf([...members.map(({ place }) => place), ...vips.map(({ vip }) => vip.place)]);
  if (vips.length === 0 || was === undefined || becomes === undefined || was === becomes) return undefined;
  const operations: Op[] = [
    ...oldMembers.map(({ id }): Op => ({ method: 'DELETE', path: `/pool_members/${id}` })),
    ...vips.map(({ found }): Op => ({ method: 'DELETE', path: `/vips/${found.id}` })),
    ...members.map(({ place, weight, up }): Op => {
      const body = { ...place, weight, adminStateUp: up };
      return { method: 'POST', path: `/pools/${pool.id}/pool_members`, body };
    }),
    ...vips.map(({ vip, found }): Op => {
      const sessionPersistence = vip.sticky ? ('SOURCE_IP' as const) : null;
      const body = { id: found.id, name: nameIn(vip.name), ...vip.place, sessionPersistence, adminStateUp: vip.up };
      return { method: 'POST', path: `/pools/${pool.id}/vips`, body };
    }),
  ];
  const what = `pool ${name} on router ${router}`;
  const fields = [
    `IP version: ${was} → ${becomes}`,
    `members: ${placesOf(oldMembers)} → ${placesOf(members.map(({ place }) => place))}`,
    ...vips.map(({ vip, found }) => `VIP ${vip.name}: ${placeText(found)} → ${placeText(vip.place)}`),
  ];
  const run: Change['run'] = async (client) => {
    if (operations.length > MOST_OPERATIONS) {
      throw failure(
        `${what}: ${operations.length} members and VIPs go and come, and one transaction takes ${MOST_OPERATIONS}. ` +
          'Apply a file with fewer members first, and the rest when the pool has the other IP version',
      );
    }
    await client.batch.run({ body: { operations }, timeoutMs: patienceFor(operations) });
  };
  return { change: { sign: '~', what, fields, run }, vips: new Set(vips.map(({ vip }) => vip.name)) };
}

/** Undefined for none, and for both. */
function versionOf(all: readonly Placed[]): 4 | 6 | undefined {
  const versions = new Set(all.map(({ address }): 4 | 6 => (address.includes(':') ? 6 : 4)));
  const [version] = versions;
  return versions.size === 1 ? version : undefined;
}

function placesOf(all: readonly Parameters<typeof placeText>[0][]): string {
  return all.map(placeText).join(' ') || 'none';
}
