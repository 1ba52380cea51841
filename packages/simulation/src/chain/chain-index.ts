import { deviceTag, type ObjectRef, type Tag } from '@midonet/flow';
import type { ChainDevice, Rule } from '@midonet/topology';
import { derived } from '../cache.ts';
import { expressionOf, type Expression } from './expression.ts';

export type CompiledRule = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly rule: Rule;
  readonly expression: Expression;
};

export type ChainIndex = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly tag: Tag;
  readonly rules: readonly CompiledRule[];
};

/** Hangs on the rule, so a change in a long chain compiles what changed. */
const compiledRule = derived((rule: Rule): Omit<CompiledRule, 'ref'> & { readonly ref: ObjectRef } => ({
  ref: { kind: 'rule', id: rule.id },
  rule,
  expression: expressionOf(rule.condition),
}));

export const chainIndex = derived((device: ChainDevice): ChainIndex => {
  const { id, name } = device.chain;
  return {
    ref: { kind: 'chain', id, name },
    tag: deviceTag('chain', id),
    rules: device.rules.map((rule, i) => {
      const compiled = compiledRule(rule);
      return { ...compiled, ref: { ...compiled.ref, name: `${i + 1} of ${name}` } };
    }),
  };
});
