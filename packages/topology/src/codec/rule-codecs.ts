import type { NatAction, NatTarget, Rule } from '../filter-entities.ts';
import { MAX_RULE_ORDER } from '../filter-entities.ts';
import type { ChainId, RuleId } from '../ids.ts';
import { listOf, objectOf, type DecodeFailure, type JsonObject, type ObjectCodec } from './field-codec.ts';
import { ruleConditionCodec } from './filter-codecs.ts';
import { idField, integerField, ipField, wordField } from './scalars.ts';

const chainId = idField<ChainId>();
const WORD = integerField(0, 0xffff);

const ruleCommon = {
  kind: wordField('rule'),
  id: idField<RuleId>(),
  chainId,
  order: integerField(-MAX_RULE_ORDER, MAX_RULE_ORDER),
  condition: ruleConditionCodec,
} as const;

type JumpRule = Extract<Rule, { readonly type: 'jump' }>;
type NatRule = Extract<Rule, { readonly type: 'snat' | 'dnat' }>;
type ReverseRule = Extract<Rule, { readonly type: 'revSnat' | 'revDnat' }>;
type PlainRule = Exclude<Rule, JumpRule | NatRule | ReverseRule>;

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
  return ruleCodec.decode(value, '');
}
