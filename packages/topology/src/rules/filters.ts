import type { Bridge, Port, Router } from '../entities.ts';
import type { IpAddrGroup } from '../filter-entities.ts';
import type { ChainId } from '../ids.ts';
import { refused, type Refused } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Filtered = Bridge | Router | Port | IpAddrGroup;
const HOOKS = [
  ...(['inboundFilterId', 'outboundFilterId', 'forwardChainId', 'localRedirectChainId'] as const),
  // Of an IP address group, which sends no packets.
  ...(['inboundChainId', 'outboundChainId'] as const),
] as const;
type Hook = (typeof HOOKS)[number];

/** The chains that `entity` sends packets through, with the members that name them. */
export function filtersOf(entity: Filtered): readonly (readonly [Hook, ChainId])[] {
  const found: [Hook, ChainId][] = [];
  for (const hook of HOOKS) {
    const chain = (entity as { readonly [H in Hook]?: ChainId })[hook];
    if (chain !== undefined) found.push([hook, chain]);
  }
  return found;
}

/** Chains that are named now and were not before must be there. */
export async function checkFilters(
  before: Filtered | undefined,
  after: Filtered,
  read: ReadRecorder<number>,
): Promise<Refused | undefined> {
  const had = new Map(before === undefined ? [] : filtersOf(before));
  for (const [hook, chain] of filtersOf(after)) {
    if (had.get(hook) === chain || (await read.exists(`chain/${chain}`))) continue;
    return refused('invalid', hook, `no chain ${chain}`);
  }
  return undefined;
}

/** The same without `chain`. */
export function withoutFilter<E extends Filtered>(entity: E, chain: ChainId): E {
  const cleared = { ...entity };
  for (const [hook, id] of filtersOf(entity)) if (id === chain) Reflect.set(cleared, hook, undefined);
  return cleared;
}
