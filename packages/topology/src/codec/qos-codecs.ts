import type { QosPolicyId, QosRuleId } from '../ids.ts';
import type { QosBandwidthRule, QosDscpRule, QosPolicy } from '../qos-entities.ts';
import { objectOf, optional, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { booleanField, idField, integerField, textField, wordField } from './scalars.ts';

const policyId = idField<QosPolicyId>();
const COUNT = integerField(0, 0x7fffffff);

/** The policy of a bridge or port. */
export const qosPolicyIdField: FieldCodec<QosPolicyId | undefined> = optional(policyId);

export const qosPolicyCodec: ObjectCodec<QosPolicy> = objectOf<QosPolicy>({
  kind: wordField('qosPolicy'),
  id: policyId,
  tenantId: textField,
  name: textField,
  description: textField,
  shared: booleanField,
});

const ruleCommon = { kind: wordField('qosRule'), id: idField<QosRuleId>(), policyId } as const;

export const qosBandwidthRuleCodec: ObjectCodec<QosBandwidthRule> = objectOf<QosBandwidthRule>({
  ...ruleCommon,
  type: wordField('bandwidth'),
  maxKbps: COUNT,
  maxBurstKb: COUNT,
  direction: wordField('egress', 'ingress', 'both'),
});

export const qosDscpRuleCodec: ObjectCodec<QosDscpRule> = objectOf<QosDscpRule>({
  ...ruleCommon,
  type: wordField('dscp'),
  mark: integerField(0, 63),
});
