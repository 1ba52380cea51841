import type { DropReason, Mark, ObjectRef } from '@midonet/flow';
import type { ChainId, PortId, RouterPort } from '@midonet/topology';
import { answerProhibited } from '../router/icmp-errors.ts';
import { followFor } from '../connection/asks.ts';
import type { Ending, Walk } from '../walk.ts';
import { ChainRun } from './chain-run.ts';
import { redirect } from './redirect.ts';
import { runChain } from './run-chain.ts';

/** Where a packet meets a chain. */
export type Hook = {
  /** As traces print it. */
  readonly name: string;
  readonly chain: ChainId | undefined;
  readonly inPort?: PortId | undefined;
  readonly outPort?: PortId | undefined;
};

/** The router port that tells the sender; `arrived` is the packet as it came in by it, when it was changed since. */
export type Answerer = { readonly port: RouterPort; readonly arrived?: Mark };

/**
 * Sends the packet through the chain of a hook. Undefined: it goes on. A rejected packet is dropped;
 * a router, given as `answerer`, also tells the sender "prohibited" (ICMP type 3
 * code 13, ICMPv6 type 1 code 1). Bridges have no address to answer from.
 */
export function filter(walk: Walk, hook: Hook, answerer?: Answerer): Ending | undefined {
  if (hook.chain === undefined) return undefined;
  const lacking = followFor(walk, hook.chain);
  if (lacking !== undefined) return walk.blocked(lacking);
  const run = new ChainRun(walk, hook.inPort, hook.outPort);
  const decision = runChain(run, hook.chain, hook.name);
  switch (decision.kind) {
    case 'end':
    case 'accept':
      return undefined;
    case 'drop':
      return walk.drop('chainDrop', refOf(decision.by));
    case 'reject': {
      const by = refOf(decision.by);
      if (answerer === undefined) return walk.drop('chainReject', by);
      return reject(walk, answerer, 'chainReject', by);
    }
    case 'redirect':
      return redirect(walk, decision.port, decision.ingress, refOf(decision.by));
    case 'tooLong':
      return walk.drop('chainTooLong', refOf(decision.by));
    case 'refused': {
      // The sender is told, where there is somebody to tell it (RFC 5508 REQ-8); it counts as a drop all the same.
      const by = refOf(decision.by);
      if (answerer !== undefined) reject(walk, answerer, decision.reason, by);
      return walk.drop(decision.reason, by);
    }
    case 'missing':
      return run.missing === undefined ? undefined : walk.blocked(run.missing);
    default:
      return decision satisfies never;
  }
}

function reject(walk: Walk, { port, arrived }: Answerer, reason: DropReason, by: ObjectRef): Ending {
  if (arrived !== undefined) walk.packet.restore(arrived);
  return answerProhibited(walk, port, reason, by);
}

/** Verdicts name objects without labels. */
function refOf({ kind, id }: ObjectRef): ObjectRef {
  return { kind, id };
}
