import type { PoolMemberDto } from '@midonet/contract';
import { placeText } from '../objects/place-text.ts';
import type { WantedMember } from './document-balancers.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

type Pool = { readonly id: string; readonly what: string; readonly members: readonly PoolMemberDto[] };

/** Exactly the members of the file, when it lists them. Who goes, goes first: members of both IP versions do not mix. */
export function planPoolMembers(pool: Pool, wanted: readonly WantedMember[] | undefined): Change[] {
  if (wanted === undefined) return [];
  const { id, members } = pool;
  const changes: Change[] = [];
  const left = new Map(wanted.map((one) => [placeText(one.place), one]));
  for (const member of members) {
    const text = placeText(member);
    const what = `member ${text} in ${pool.what}`;
    const one = left.get(text);
    left.delete(text);
    if (one === undefined) {
      changes.unshift({ sign: '-', what, run: (client) => client.poolMembers.remove({ id: member.id }) });
      continue;
    }
    const body = { weight: one.weight, adminStateUp: one.up };
    const fields = differences(member, body);
    const run: Change['run'] = (client) => change(client.poolMembers, { id: member.id }, body, member);
    if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
  }
  for (const [text, { place, weight, up }] of left) {
    const body = { ...place, weight, adminStateUp: up };
    const run: Change['run'] = (client) => client.pools.createMember({ id, body });
    changes.push({ sign: '+', what: `member ${text} in ${pool.what}`, run });
  }
  return changes;
}
