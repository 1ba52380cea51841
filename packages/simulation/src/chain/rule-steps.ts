import type { Rule } from '@midonet/topology';
import type { CompiledRule } from './chain-index.ts';
import { ChainRun } from './chain-run.ts';
import { explain } from './explain.ts';

/** As rules are written. */
const RULE_WORDS = {
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  return: 'return',
  snat: 'snat',
  dnat: 'dnat',
  revSnat: 'rev-snat',
  revDnat: 'rev-dnat',
} as const;

function wordsOf(rule: Rule): string {
  if (rule.type === 'jump') return `jump to chain ${rule.jumpChainId}`;
  if (rule.type === 'trace')
    return `trace for ${rule.requestId}${rule.active === undefined ? ', which is not enabled' : ''}`;
  if (rule.type !== 'l2Transform') return RULE_WORDS[rule.type];
  if (rule.action !== 'redirect') return 'l2-transform';
  return `redirect ${rule.ingress ? 'into' : 'out by'} port ${rule.targetPortId}`;
}

/** Asks a rule, and writes down whether it applies and what decided. */
export function appliesExplained(run: ChainRun, { rule, ref, expression }: CompiledRule): boolean {
  const { holds: applies, why } = explain(expression, run);
  const does = wordsOf(rule);
  if (applies || !run.walk.terse) run.walk.step(ref, { kind: 'rule', applies, does, why });
  return applies;
}

/**
 * Writes down why rules did not apply that the classifier passed over. The decision did not need to
 * ask them, so what is read here leaves no mark on the outcome.
 */
export function explainSkipped(run: ChainRun, rules: readonly CompiledRule[]): void {
  if (rules.length === 0) return;
  const { walk, inPort, outPort } = run;
  const { mask } = walk.packet;
  const before = { mask: mask.slice(), tags: walk.tags.length, installable: walk.installable };
  const aside = new ChainRun(walk, inPort, outPort);
  for (const rule of rules) appliesExplained(aside, rule);
  mask.set(before.mask);
  walk.tags.length = before.tags;
  walk.installable = before.installable;
}
