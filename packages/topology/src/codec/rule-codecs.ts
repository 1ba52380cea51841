import type { NatAction, NatTarget, Rule } from '../filter-entities.ts';
import { MAX_RULE_ORDER } from '../filter-entities.ts';
import type { ChainId, PortId, RuleId, TraceRequestId } from '../ids.ts';
import { isJsonObject, listOf, objectOf, optional } from './field-codec.ts';
import type { DecodeFailure, JsonObject, ObjectCodec } from './field-codec.ts';
import { ruleConditionCodec } from './filter-codecs.ts';
import { booleanField, idField, integerField, ipField, textField, wordField } from './scalars.ts';

const chainId = idField<ChainId>();
const WORD = integerField(0, 0xffff);

const ruleCommon = {
  kind: wordField('rule'),
  id: idField<RuleId>(),
  chainId,
  order: integerField(-MAX_RULE_ORDER, MAX_RULE_ORDER),
  condition: ruleConditionCodec,
  meter: optional(textField),
} as const;

type JumpRule = Extract<Rule, { readonly type: 'jump' }>;
type NatRule = Extract<Rule, { readonly type: 'snat' | 'dnat' }>;
type ReverseRule = Extract<Rule, { readonly type: 'revSnat' | 'revDnat' }>;
type TransformRule = Extract<Rule, { readonly type: 'l2Transform' }>;
type RedirectRule = Extract<TransformRule, { readonly action: 'redirect' }>;
type TagRule = Exclude<TransformRule, RedirectRule>;
type TraceRule = Extract<Rule, { readonly type: 'trace' }>;
type Active = NonNullable<TraceRule['active']>;
type PlainRule = Exclude<Rule, JumpRule | NatRule | ReverseRule | TransformRule | TraceRule>;

const ruleCodec: ObjectCodec<PlainRule> = objectOf<PlainRule>({
  ...ruleCommon,
  type: wordField('accept', 'drop', 'reject', 'return'),
});

const jumpRuleCodec: ObjectCodec<JumpRule> = objectOf<JumpRule>({
  ...ruleCommon,
  type: wordField('jump'),
  jumpChainId: chainId,
});

const natTarget = objectOf<NatTarget>({ addressFrom: ipField, addressTo: ipField, portFrom: WORD, portTo: WORD });
const natAction = wordField<NatAction>('accept', 'continue', 'return');

const natRuleCodec: ObjectCodec<NatRule> = objectOf<NatRule>({
  ...ruleCommon,
  type: wordField('snat', 'dnat'),
  targets: listOf(natTarget),
  action: natAction,
});

const reverseRuleCodec: ObjectCodec<ReverseRule> = objectOf<ReverseRule>({
  ...ruleCommon,
  type: wordField('revSnat', 'revDnat'),
  action: natAction,
});

const transform = {
  ...ruleCommon,
  type: wordField('l2Transform'),
  popVlan: booleanField,
  pushVlan: optional(integerField(1, 4094)),
} as const;

const tagRuleCodec: ObjectCodec<TagRule> = objectOf<TagRule>({ ...transform, action: natAction });

const redirectRuleCodec: ObjectCodec<RedirectRule> = objectOf<RedirectRule>({
  ...transform,
  action: wordField('redirect'),
  targetPortId: idField<PortId>(),
  ingress: booleanField,
  failOpen: booleanField,
});

const POSITIVE = integerField(1, Number.MAX_SAFE_INTEGER);

const traceRuleCodec: ObjectCodec<TraceRule> = objectOf<TraceRule>({
  ...ruleCommon,
  type: wordField('trace'),
  requestId: idField<TraceRequestId>(),
  limit: POSITIVE,
  active: optional(objectOf<Active>({ limit: POSITIVE, since: integerField(0, Number.MAX_SAFE_INTEGER) })),
});

export function encodeRule(rule: Rule): JsonObject {
  switch (rule.type) {
    case 'jump':
      return jumpRuleCodec.encode(rule);
    case 'snat':
    case 'dnat':
      return natRuleCodec.encode(rule);
    case 'revSnat':
    case 'revDnat':
      return reverseRuleCodec.encode(rule);
    case 'l2Transform':
      return rule.action === 'redirect' ? redirectRuleCodec.encode(rule) : tagRuleCodec.encode(rule);
    case 'trace':
      return traceRuleCodec.encode(rule);
    case 'accept':
    case 'drop':
    case 'reject':
    case 'return':
      return ruleCodec.encode(rule);
    default:
      return rule satisfies never;
  }
}

/** `type` is the value's own, which says what else it has. */
export function decodeRule(value: unknown, type: unknown): Rule | DecodeFailure {
  if (type === 'jump') return jumpRuleCodec.decode(value, '');
  if (type === 'snat' || type === 'dnat') return natRuleCodec.decode(value, '');
  if (type === 'revSnat' || type === 'revDnat') return reverseRuleCodec.decode(value, '');
  if (type === 'l2Transform') {
    const redirects = isJsonObject(value) && value['action'] === 'redirect';
    return redirects ? redirectRuleCodec.decode(value, '') : tagRuleCodec.decode(value, '');
  }
  if (type === 'trace') return traceRuleCodec.decode(value, '');
  return ruleCodec.decode(value, '');
}
