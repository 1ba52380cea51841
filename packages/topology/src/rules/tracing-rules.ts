import type { Rule, TraceEffect } from '../filter-entities.ts';
import { indexKey } from '../keys.ts';
import type { TraceRequest } from '../trace-entities.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;
type TracingRule = Extract<Rule, { readonly type: 'trace' }>;

/** That mark packets for one request: each is written when the request is switched on or off. */
const MAX_RULES_OF_REQUEST = 64;

/** A rule can be made to trace for a request that is there and has not too many such rules. */
export async function checkTracing(before: Rule | undefined, after: Rule, read: Read): Promise<Refused | undefined> {
  if (after.type !== 'trace' || (before?.type === 'trace' && before.requestId === after.requestId)) return undefined;
  const { requestId } = after;
  if (!(await read.exists(`traceRequest/${requestId}`))) {
    return refused('invalid', 'requestId', `no trace request ${requestId}`);
  }
  const others = await read.below(indexKey('traceRequest', requestId, 'rule', ''));
  if (others.length < MAX_RULES_OF_REQUEST) return undefined;
  const message = `has ${others.length} rules that trace for it, and can have no more: delete one first`;
  return refused('conflict', 'requestId', `trace request ${requestId} ${message}`);
}

/** The rule with what agents need of its request, whatever clients say of that. */
export async function withTracing(rule: Rule, read: Read): Promise<Rule> {
  if (rule.type !== 'trace') return rule;
  const request = await read.get('traceRequest', rule.requestId);
  return { ...rule, active: request === undefined ? undefined : activeOf(request) };
}

/** The request with its rules, each written when there is something new for agents in it. */
export async function updateTraceRequest(
  before: TraceRequest,
  after: TraceRequest,
  read: Read,
  list: WriteList,
): Promise<void> {
  list.update(before, after);
  const [had, active] = [activeOf(before), activeOf(after)];
  if (had?.since === active?.since && had?.limit === active?.limit) return;
  for (const rule of await rulesOf(after, read)) list.update(rule, { ...rule, active });
}

/** The request goes: its rules, which decide nothing about packets, go with it. */
export async function removeTracingRules(request: TraceRequest, read: Read, list: WriteList): Promise<void> {
  for (const rule of await rulesOf(request, read)) list.remove(rule);
}

async function rulesOf({ id }: TraceRequest, read: Read): Promise<TracingRule[]> {
  const found: TracingRule[] = [];
  for (const ruleId of await read.below(indexKey('traceRequest', id, 'rule', ''))) {
    const rule = await read.get('rule', ruleId);
    if (rule?.type === 'trace') found.push(rule);
  }
  return found;
}

function activeOf({ enabled, enabledAt, limit }: TraceRequest): TraceEffect['active'] {
  return enabled ? { limit, since: enabledAt } : undefined;
}
