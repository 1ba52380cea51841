import { deviceTag, meterKey, type ObjectRef, type Tag } from '@midonet/flow';
import type { ChainDevice, Rule } from '@midonet/topology';
import { derived } from '../cache.ts';
import { featuresOf, type Features } from './classifier/feature.ts';
import { RuleSet } from './classifier/rule-set.ts';
import { expressionOf, type Expression } from './expression.ts';

/** Shorter chains are asked rule by rule: that is as fast, and reads no more than it must. */
const CLASSIFIED_FROM = 12;

export type CompiledRule = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly rule: Rule;
  readonly expression: Expression;
  readonly features: Features;
  readonly meter: string | undefined;
};

export type ChainIndex = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly tag: Tag;
  readonly rules: readonly CompiledRule[];
  /** All rules, told apart by what they insist on; none of short chains. */
  readonly classifier: RuleSet | undefined;
};

/** Hangs on the rule, so a change in a long chain compiles what changed. */
const compiledRule = derived((rule: Rule): Omit<CompiledRule, 'ref' | 'meter'> & { readonly ref: ObjectRef } => {
  const expression = expressionOf(rule.condition);
  return { ref: { kind: 'rule', id: rule.id }, rule, expression, features: featuresOf(expression) };
});

export const chainIndex = derived((device: ChainDevice): ChainIndex => {
  const { id, name, tenantId } = device.chain;
  const rules = device.rules.map((rule, i): CompiledRule => {
    const compiled = compiledRule(rule);
    const meter = rule.meter === undefined ? undefined : meterKey(tenantId, rule.meter);
    return { ...compiled, meter, ref: { ...compiled.ref, name: `${i + 1} of ${name}` } };
  });
  const classified = rules.length >= CLASSIFIED_FROM;
  return {
    ref: { kind: 'chain', id, name },
    tag: deviceTag('chain', id),
    rules,
    classifier: classified ? RuleSet.of(rules.map(({ features }) => features)) : undefined,
  };
});
