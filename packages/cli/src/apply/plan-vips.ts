import type { VipDto } from '@midonet/contract';
import { failure } from '../cli-error.ts';
import { change } from '../objects/change.ts';
import { placeText } from '../objects/place-text.ts';
import { planClaims, type Claim, type Patch } from './claims.ts';
import type { WantedVip } from './document-balancers.ts';
import { nameIn, parseKey, renamedTo } from './keys.ts';
import type { LiveBalancer } from './live-balancer.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';

type Place = { readonly live: LiveTopology; readonly balancer: LiveBalancer; readonly router: string };

/** VIPs of a balancer. Who moves goes before who comes: a new one may get the address and port that another leaves. */
export function planVips(at: Place, wanted: readonly WantedVip[]): Change[] {
  const [changes, claims, made]: [Change[], Claim[], Change[]] = [[], [], []];
  for (const vip of wanted) {
    const found = at.balancer.vips.get(vip.name);
    const poolId = at.balancer.pools.get(vip.pool)?.id ?? at.live.plannedId(`pool ${at.router}/${vip.pool}`);
    const what = `VIP ${vip.name} on router ${at.router}`;
    if (poolId === undefined) throw failure(`${what}: there is no pool ${vip.pool}, here or in the file`);
    const sessionPersistence = vip.sticky ? ('SOURCE_IP' as const) : null;
    const body = { name: renamedTo(vip.name), ...vip.place, poolId, sessionPersistence, adminStateUp: vip.up };
    if (found === undefined) {
      const run: Change['run'] = (client) =>
        client.pools.createVip({ id: poolId, body: { ...body, id: parseKey(vip.name).id, name: nameIn(vip.name) } });
      made.push({ sign: '+', what: `${what}, ${placeText(vip.place)}`, run });
      continue;
    }
    const [was = found.poolId] = [...at.balancer.pools].find(([, one]) => one.id === found.poolId) ?? [];
    const poolName = found.poolId === poolId ? vip.pool : was;
    const fields = differences(
      {
        name: found.name,
        at: placeText(found),
        pool: poolName,
        sticky: stickyText(found.sessionPersistence),
        up: found.adminStateUp,
      },
      { name: body.name, at: placeText(vip.place), pool: vip.pool, sticky: stickyText(sessionPersistence), up: vip.up },
    );
    if (fields.length === 0) continue;
    const isTaken = at.balancer.allVips.some((one) => one.id !== found.id && placeText(one) === placeText(vip.place));
    if (isTaken) claims.push(claimOf(at.balancer, { found, body, change: { sign: '~', what, fields } }));
    else changes.push({ sign: '~', what, fields, run: (client) => change(client.vips, { id: found.id }, body, found) });
  }
  return [...changes, ...planClaims(claims), ...made];
}

function claimOf(
  { allVips }: LiveBalancer,
  one: {
    readonly found: VipDto;
    readonly body: { readonly address: string; readonly protocolPort: number };
    readonly change: Claim['change'];
  },
): Claim {
  const { found, body } = one;
  const patch = (members: object): Patch => ({
    path: `/vips/${found.id}`,
    get: (client) => client.vips.get({ id: found.id }),
    planned: found,
    body: members,
  });
  return {
    change: one.change,
    takes: [placeText(body)],
    leaves: [placeText(found)],
    releases: [],
    // Within the transaction alone: nobody ever sees it there.
    asides: [patch({ protocolPort: unusedPort(allVips, found) })],
    sets: [patch(body)],
  };
}

/** One for each, that no VIP of the balancer has. */
function unusedPort(all: readonly VipDto[], vip: VipDto): number {
  const used = new Set(all.map(({ protocolPort }) => protocolPort));
  let port = 0xffff;
  for (let left = all.indexOf(vip); left > 0 || used.has(port); port--) if (!used.has(port)) left--;
  return port;
}

function stickyText(persistence: string | null): string {
  return persistence === null ? 'none' : 'source-ip';
}
