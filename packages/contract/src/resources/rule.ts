import type { ChainId, Rule, RuleId, UnplacedRule } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { conditionDto, conditionInput } from './condition.ts';
import { noTransform, transformDto, transformInput, transformOf, transformToDto } from './l2-transform.ts';
import { natAction, natDto, natInput, natTargets, natToDto } from './nat.ts';
import { conditionToDto, newCondition, updateCondition } from './condition-conversion.ts';
import { noTracing, tracingDto, tracingInput, tracingOf, tracingToDto } from './rule-tracing.ts';

/** A rule's type as the topology and as MidoNet's API write it. */
const WIRE_TYPES = {
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  return: 'return',
  jump: 'jump',
  dnat: 'dnat',
  snat: 'snat',
  revDnat: 'rev_dnat',
  revSnat: 'rev_snat',
  l2Transform: 'l2_transform',
  trace: 'trace',
} as const satisfies Readonly<Record<Rule['type'], string>>;

export type RuleType = (typeof WIRE_TYPES)[Rule['type']];
export const RULE_TYPES = Object.values(WIRE_TYPES);
const STORED_TYPES = Object.entries(WIRE_TYPES) as [Rule['type'], RuleType][]; // what WIRE_TYPES is made of

const typeField = z.string().transform((text, context): Rule['type'] => {
  const lower = text.toLowerCase();
  const found = STORED_TYPES.find(([, type]) => type === lower);
  if (found !== undefined) return found[0];
  context.addIssue({ code: 'custom', message: `must be one of ${RULE_TYPES.join(', ')}` });
  return z.NEVER;
});

export const ruleInput = conditionInput.extend({
  id: idField<RuleId>().nullish(),
  type: typeField.nullish(),
  /** Where it goes: 1, the head, by default, up to one behind the last. */
  position: z.int().nullish(),
  jumpChainId: idField<ChainId>().nullish(),
  ...natInput,
  /** A name to count by: `GET /meters`. */
  meterName: textField.nullish(),
  ...transformInput,
  ...tracingInput,
});
export type RuleInput = z.output<typeof ruleInput>;

export const ruleDto = conditionDto.extend({
  id: z.string(),
  uri: z.string(),
  chainId: z.string(),
  chain: z.string(),
  type: z.enum(RULE_TYPES),
  position: z.number(),
  jumpChainId: z.string().nullable(),
  jumpChainName: z.string().nullable(),
  meterName: z.string().nullable(),
  ...natDto,
  ...transformDto,
  ...tracingDto,
});
export type RuleDto = z.output<typeof ruleDto>;

export function newRule(input: RuleInput, chainId: ChainId, newId: () => RuleId): Converted<UnplacedRule> {
  const type = input.type ?? undefined;
  if (type === undefined) return invalid('type', `is required: one of ${RULE_TYPES.join(', ')}`);
  const condition = newCondition(input);
  if (condition.kind === 'invalid') return condition;
  const meter = meterOf(input, undefined);
  const common = { kind: 'rule', id: input.id ?? newId(), chainId, condition: condition.value, meter } as const;
  return withEffect(common, type, input, undefined);
}

/** Changes a rule in place: what is absent stays, null takes a test away. Its position is the caller's affair. */
export function updateRule(old: Rule, input: RuleInput): Converted<Rule> {
  const condition = updateCondition(old.condition, input);
  if (condition.kind === 'invalid') return condition;
  const { kind, id, chainId, order } = old;
  const common = { kind, id, chainId, order, condition: condition.value, meter: meterOf(input, old) };
  return withEffect(common, input.type ?? old.type, input, old);
}

function meterOf({ meterName }: RuleInput, old: Rule | undefined): string | undefined {
  if (meterName === undefined) return old?.meter;
  return meterName === null || meterName === '' ? undefined : meterName;
}

type Without<R, K extends PropertyKey> = R extends unknown ? Omit<R, K> : never;
type Effect = Without<Rule, 'kind' | 'id' | 'chainId' | 'order' | 'condition' | 'meter'>;

/** What the rule does, in the shape of its type. What it said of that before, it need not say again. */
function withEffect<C extends object>(
  common: C,
  type: Rule['type'],
  input: RuleInput,
  old: Rule | undefined,
): Converted<C & Effect> {
  if (type === 'l2Transform') {
    const misplaced = noTracing(type, input);
    if (misplaced !== undefined) return misplaced;
    if (input.natTargets?.length) return invalid('natTargets', 'cannot be set: only snat and dnat rules have targets');
    const transform = transformOf(input, old);
    return transform.kind === 'invalid' ? transform : ok({ ...common, ...transform.value });
  }
  const misplaced = noTransform(input) ?? noTracing(type, input);
  if (misplaced !== undefined) return misplaced;
  if (type === 'snat' || type === 'dnat') {
    const targets = natTargets(input, old);
    if (targets.kind === 'invalid') return targets;
    const action = natAction(input, old);
    return action.kind === 'invalid' ? action : ok({ ...common, type, ...targets.value, ...action.value });
  }
  if (input.natTargets?.length) return invalid('natTargets', 'cannot be set: only snat and dnat rules have targets');
  if (type === 'revSnat' || type === 'revDnat') {
    const action = natAction(input, old);
    return action.kind === 'invalid' ? action : ok({ ...common, type, ...action.value });
  }
  if (type === 'trace') {
    const tracing = tracingOf(input, old);
    return tracing.kind === 'invalid' ? tracing : ok({ ...common, type, ...tracing.value });
  }
  if (type !== 'jump') return ok({ ...common, type });
  const jumpChainId = input.jumpChainId ?? (old?.type === 'jump' ? old.jumpChainId : undefined);
  if (jumpChainId === undefined) return invalid('jumpChainId', 'is required for a jump rule');
  return ok({ ...common, type, jumpChainId });
}

/** What the rule's own record does not hold. */
export type RulePlace = { readonly position: number; readonly jumpChainName: string | undefined };

export function ruleToDto(rule: UnplacedRule, { position, jumpChainName }: RulePlace, base: Base): RuleDto {
  return {
    id: rule.id,
    uri: link(base, 'rules', rule.id),
    chainId: rule.chainId,
    chain: link(base, 'chains', rule.chainId),
    type: WIRE_TYPES[rule.type],
    position,
    jumpChainId: rule.type === 'jump' ? rule.jumpChainId : null,
    jumpChainName: rule.type === 'jump' ? (jumpChainName ?? null) : null,
    meterName: rule.meter ?? null,
    ...natToDto(rule),
    ...transformToDto(rule),
    ...tracingToDto(rule),
    ...conditionToDto(rule.condition),
  };
}
