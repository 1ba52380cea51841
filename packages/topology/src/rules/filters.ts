import type { Bridge, Port, Router } from '../entities.ts';
import type { ChainId } from '../ids.ts';
import { refused, type Refused } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Filtered = Bridge | Router | Port;
type Hook = 'inboundFilterId' | 'outboundFilterId' | 'forwardChainId' | 'localRedirectChainId';

const HOOKS: readonly Hook[] = ['inboundFilterId', 'outboundFilterId', 'forwardChainId', 'localRedirectChainId'];

/** The chains that `entity` sends packets through, with the members that name them. */
export function filtersOf(entity: Filtered): readonly (readonly [Hook, ChainId])[] {
  const found: [Hook, ChainId][] = [];
  for (const hook of HOOKS) {
    const chain: ChainId | undefined = hook in entity ? (entity as Router)[hook] : undefined; // `in` has asked
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
