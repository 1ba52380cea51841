import type { DropReason, LoggedDecision, ObjectRef } from '@midonet/flow';
import type { Chain, ChainId, ChainLog, L2Transform, Port } from '@midonet/topology';
import { chainIndex } from './chain-index.ts';
import { traceByRule } from '../trace-request/trace-request.ts';
import { applyNat, type NatRule } from '../connection/nat.ts';
import type { ChainRun } from './chain-run.ts';
import { Candidates } from './classifier/candidates.ts';
import { holds } from './evaluate.ts';
import { appliesExplained, explainSkipped } from './rule-steps.ts';
import { transform } from './transform.ts';

/** Chains that one packet may enter at one hook: jumps that fan out on many levels end here. */
export const MAX_CHAINS_ENTERED = 4096;

export type ChainDecision =
  /** Nothing decided: the end of the chain, or a `return`. */
  | { readonly kind: 'end' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' | 'reject' | 'tooLong'; readonly by: ObjectRef }
  /** A translation that cannot be made. */
  | { readonly kind: 'refused'; readonly reason: DropReason; readonly by: ObjectRef }
  | { readonly kind: 'redirect'; readonly port: Port; readonly ingress: boolean; readonly by: ObjectRef }
  | { readonly kind: 'missing' };

const END: ChainDecision = { kind: 'end' };
const ACCEPT: ChainDecision = { kind: 'accept' };
const MISSING: ChainDecision = { kind: 'missing' };

/** Rules in their order; the first that applies and decides ends it, in jumps too. */
export function runChain(run: ChainRun, id: ChainId, hook: string): ChainDecision {
  const decision = runRules(run, id, hook);
  const chain = run.walk.topology.chain(id)?.chain;
  if (chain === undefined || (chain.log ?? chain.loggers) === undefined) return decision;
  const { kind } = decision;
  if (kind === 'accept' || kind === 'drop' || kind === 'reject') logDecision(run, chain, kind);
  return decision;
}

function logDecision(run: ChainRun, { id, log, loggers = [] }: Chain, kind: LoggedDecision['decision']): void {
  const wants = (event: ChainLog): boolean => event === 'all' || (event === 'accept') === (kind === 'accept');
  const asked = loggers.filter(({ event }) => wants(event)).map((logger) => logger.id);
  if (asked.length === 0 && (log === undefined || !wants(log))) return;
  const decision = { chainId: id, ruleId: run.lastApplied, decision: kind };
  run.walk.log(asked.length === 0 ? decision : { ...decision, loggers: asked });
}

function runRules(run: ChainRun, id: ChainId, hook: string): ChainDecision {
  const { walk } = run;
  const device = walk.topology.chain(id);
  if (device === undefined) {
    run.missing = { kind: 'chain', id };
    return MISSING;
  }
  const { ref, tag, rules, classifier } = chainIndex(device);
  walk.tag(tag);
  if (++run.entered > MAX_CHAINS_ENTERED) return { kind: 'tooLong', by: ref };
  if (walk.trace !== undefined) walk.step(ref, { kind: 'chain', hook });
  const candidates = classifier === undefined ? undefined : new Candidates(classifier, run);
  for (let i = 0; i < rules.length; i++) {
    if (candidates !== undefined) {
      const next = candidates.next();
      if (walk.trace !== undefined && !walk.terse) explainSkipped(run, rules.slice(i, next < 0 ? undefined : next));
      if (next < 0) break;
      i = next;
    }
    const compiled = rules[i];
    if (compiled === undefined) break;
    const applies = walk.trace === undefined ? holds(compiled.expression, run) : appliesExplained(run, compiled);
    if (run.missing !== undefined) return MISSING;
    if (!applies) continue;
    const { rule } = compiled;
    walk.ruleApplied(rule.id);
    if (compiled.meter !== undefined) walk.ruleApplied(compiled.meter);
    run.lastApplied = rule.id;
    switch (rule.type) {
      case 'accept':
        return ACCEPT;
      case 'drop':
      case 'reject':
        return { kind: rule.type, by: compiled.ref };
      case 'return':
        return END;
      case 'jump': {
        const decision = runChain(run, rule.jumpChainId, `target of rule ${rule.id}`);
        if (decision.kind !== 'end') return decision;
        break;
      }
      case 'snat':
      case 'dnat':
      case 'revSnat':
      case 'revDnat': {
        const decision = runNat(run, rule, compiled.ref);
        if (decision !== undefined) return decision;
        break;
      }
      case 'l2Transform': {
        const decision = runTransform(run, rule, compiled.ref);
        if (decision !== undefined) return decision;
        break;
      }
      case 'trace':
        traceByRule(run.walk, rule);
        break;
      default:
        rule satisfies never;
    }
  }
  return END;
}

/** Undefined: the next rule is asked. */
function runNat(run: ChainRun, rule: NatRule, by: ObjectRef): ChainDecision | undefined {
  const result = applyNat(run.walk, rule);
  switch (result.kind) {
    case 'passed':
      return undefined;
    case 'refused':
      return { kind: 'refused', reason: result.reason, by };
    case 'missing':
      run.missing = result.missing;
      return MISSING;
    case 'applied':
      run.rewritten();
      return rule.action === 'accept' ? ACCEPT : rule.action === 'return' ? END : undefined;
    default:
      return result satisfies never;
  }
}

/** Undefined: the next rule is asked. */
function runTransform(run: ChainRun, rule: L2Transform, by: ObjectRef): ChainDecision | undefined {
  const result = transform(run, rule, by);
  switch (result.kind) {
    case 'passed':
      return undefined;
    case 'missing':
      run.missing = { kind: 'port', id: result.id };
      return MISSING;
    case 'tooMany':
      return { kind: 'refused', reason: 'loop', by };
    case 'redirected':
      return { kind: 'redirect', port: result.port, ingress: result.ingress, by };
    case 'tagged':
      return rule.action === 'accept' ? ACCEPT : rule.action === 'return' ? END : undefined;
    default:
      return result satisfies never;
  }
}
