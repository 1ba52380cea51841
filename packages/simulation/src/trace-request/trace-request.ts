import type { TraceMatch } from '@midonet/flow';
import type { BridgeId, PortId, RouterId, Traced, TraceEffect, TraceRequest } from '@midonet/topology';
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
    if (walk.traced?.some((one) => one.requestId === request.id && one.limit >= request.limit) === true) continue;
    const run = new ChainRun(walk, walk.inPort, outPort);
    const expressions = conditions(request);
    const way = holds(expressions.forward, run) ? 'forward' : holds(expressions.return, run) ? 'return' : undefined;
    if (run.missing !== undefined) return walk.blocked(run.missing);
    if (way === undefined) continue;
    const flow = walk.trace === undefined ? '' : flowName(walk, id);
    const { id: requestId, limit, enabledAt: since } = request;
    note(walk, { requestId, way, limit, since, flow });
  }
  return undefined;
}

/** A rule that traces applies to the packet. It sees no difference between answers and what they answer. */
export function traceByRule(walk: Walk, { requestId, limit, active }: TraceEffect): void {
  if (active === undefined) return;
  const flow = walk.trace === undefined ? '' : flowName(walk, walk.stage?.device ?? '');
  note(walk, { requestId, way: 'forward', limit: Math.min(limit, active.limit), since: active.since, flow });
}

/** Once for a request, by whatever allows more packets. */
function note(walk: Walk, match: TraceMatch): void {
  const before = walk.traced ?? [];
  const known = before.find(({ requestId }) => requestId === match.requestId);
  if (known !== undefined && known.limit >= match.limit) return;
  walk.traced = [...before.filter((one) => one !== known), match];
}
