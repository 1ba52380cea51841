import { deviceTag, type Missing } from '@midonet/flow';
import type { ChainDevice, ChainId } from '@midonet/topology';
import { derived } from '../cache.ts';
import type { Walk } from '../walk.ts';
import { track } from './track.ts';

/** Whether rules of a chain ask about connections themselves, and where its jumps lead. */
const ownQuestions = derived(({ rules }: ChainDevice) => ({
  asks: rules.some(({ condition }) => condition.connection !== undefined),
  jumps: [...new Set(rules.flatMap((rule) => (rule.type === 'jump' ? [rule.jumpChainId] : [])))],
}));

/**
 * Follows the packet's connection when one of these chains asks about connections: chains that
 * packets of the other direction meet. "Return" then means an answer to what passed here, also where
 * only the chain for answers asks. Gives what could not be told.
 */
export function followFor(walk: Walk, ...chains: readonly (ChainId | undefined)[]): Missing | undefined {
  if (chains.every((id) => id === undefined)) return undefined;
  const seen = new Set<ChainId>();
  for (const chain of chains) if (chain !== undefined) seen.add(chain);
  // A set is walked in order of insertion, what is added meanwhile included.
  for (const id of seen) {
    const device = walk.topology.chain(id);
    if (device === undefined) return { kind: 'chain', id };
    walk.tag(deviceTag('chain', id));
    const { asks, jumps } = ownQuestions(device);
    if (asks) {
      track(walk);
      return undefined;
    }
    for (const jump of jumps) seen.add(jump);
  }
  return undefined;
}
