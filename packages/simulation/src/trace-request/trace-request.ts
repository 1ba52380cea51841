import type { Traced, TraceRequest } from '@midonet/topology';
import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { derived } from '../cache.ts';
import { ChainRun } from '../chain/chain-run.ts';
import { holds } from '../chain/evaluate.ts';
import { expressionOf } from '../chain/expression.ts';
import type { Ending, Walk } from '../walk.ts';
import { answersOf } from './answers-of.ts';
import { flowName } from './flow-name.ts';

const conditions = derived(({ condition }: TraceRequest) => ({
  forward: expressionOf(condition),
  return: expressionOf(answersOf(condition)),
}));

/**
 * Notes which trace requests about a device, or port, the packet is one for, as it comes into it or
 * leaves it: what a device translates shows its old face on one side and the new one on the other. What
 * becomes of the packet does not depend on them.
 */
export function traceAt(
  walk: Walk,
  { traces }: Traced,
  id: BridgeId | RouterId | PortId,
  outPort?: PortId,
): Ending | undefined {
  if (traces.size === 0) return undefined;
  for (const request of traces.get(id) ?? []) {
    if (walk.traced?.some(({ requestId }) => requestId === request.id) === true) continue;
    const run = new ChainRun(walk, walk.inPort, outPort);
    const expressions = conditions(request);
    const way = holds(expressions.forward, run) ? 'forward' : holds(expressions.return, run) ? 'return' : undefined;
    if (run.missing !== undefined) return walk.blocked(run.missing);
    if (way === undefined) continue;
    const flow = walk.trace === undefined ? '' : flowName(walk, id);
    const { id: requestId, limit, enabledAt: since } = request;
    walk.traced = [...(walk.traced ?? []), { requestId, way, limit, since, flow }];
  }
  return undefined;
}
