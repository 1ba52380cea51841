import type { QosBandwidthRule, QosDscpRule, QosPolicy, QosPolicyId, QosRule, QosRuleId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';

const count = z.int().min(0).max(0x7fffffff);
const kbps = z.int().min(1).max(0x7fffffff);
const dscp = z.int().min(0).max(63);
const DIRECTIONS = ['egress', 'ingress', 'both'] as const;
/** As the machine at the port sees it: egress is what it sends. An extension; MidoNet limits egress only. */
const direction = z.enum(DIRECTIONS, { error: `must be one of ${DIRECTIONS.join(', ')}` });
const RULE_TYPES = ['bandwidth_limit', 'dscp_marking'] as const;

const bwLimitFields = {
  /** Thousands of bits that may come at once; 0: a default that suits the rate. */
  maxBurstKb: count.nullish(),
  direction: direction.nullish(),
};
export const qosBwLimitRuleInput = z.object({ id: idField<QosRuleId>().nullish(), maxKbps: kbps, ...bwLimitFields });
export const qosBwLimitRuleUpdate = z.object({ maxKbps: kbps.nullish(), ...bwLimitFields });
export const qosBwLimitRuleDto = z.object({
  id: z.string(),
  uri: z.string(),
  policyId: z.string(),
  policy: z.string(),
  maxKbps: z.number(),
  maxBurstKb: z.number(),
  direction,
});
export type QosBwLimitRuleDto = z.output<typeof qosBwLimitRuleDto>;

export const qosDscpRuleInput = z.object({ id: idField<QosRuleId>().nullish(), dscpMark: dscp });
export const qosDscpRuleUpdate = z.object({ dscpMark: dscp.nullish() });
export const qosDscpRuleDto = z.object({
  id: z.string(),
  uri: z.string(),
  policyId: z.string(),
  policy: z.string(),
  dscpMark: z.number(),
});
export type QosDscpRuleDto = z.output<typeof qosDscpRuleDto>;

/** OpenStack's Neutron sends its policies here by its own names. Those of MidoNet go before. */
const neutronRule = { max_kbps: kbps.nullish(), max_burst_kbps: count.nullish(), dscp_mark: dscp.nullish() };

/** A rule inside its policy. Without a type, what it has tells. */
const embeddedRule = z.object({
  id: idField<QosRuleId>().nullish(),
  type: z.enum(RULE_TYPES, { error: `must be one of ${RULE_TYPES.join(', ')}` }).nullish(),
  maxKbps: kbps.nullish(),
  dscpMark: dscp.nullish(),
  ...bwLimitFields,
  ...neutronRule,
});

export const qosPolicyInput = z.object({
  id: idField<QosPolicyId>().nullish(),
  tenantId: textField.nullish(),
  /** Neutron's name of it. */
  tenant_id: textField.nullish(),
  name: textField.nullish(),
  description: textField.nullish(),
  shared: z.boolean().nullish(),
  /** When it is there, the policy has exactly these rules then. */
  rules: z.array(embeddedRule).max(3).nullish(),
});
export type QosPolicyInput = z.output<typeof qosPolicyInput>;

export const qosPolicyDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  shared: z.boolean(),
  rules: z.array(
    z.object({
      id: z.string(),
      type: z.enum(RULE_TYPES),
      maxKbps: z.number().nullable(),
      maxBurstKb: z.number().nullable(),
      direction: direction.nullable(),
      dscpMark: z.number().nullable(),
    }),
  ),
  bwLimitRules: z.string(),
  dscpRules: z.string(),
});
export type QosPolicyDto = z.output<typeof qosPolicyDto>;

/** The policy of a bridge or port; null takes it off. */
export const qosPolicyIdInput = idField<QosPolicyId>().nullish();

/** Absent keeps, null clears. */
export function policyOf(
  given: QosPolicyId | null | undefined,
  old: QosPolicyId | undefined,
): { readonly qosPolicyId: QosPolicyId | undefined } {
  return { qosPolicyId: given === undefined ? old : (given ?? undefined) };
}

export function newQosPolicy(input: QosPolicyInput, newId: () => QosPolicyId): QosPolicy {
  const { tenantId, tenant_id, name, description, shared } = input;
  return {
    kind: 'qosPolicy',
    id: input.id ?? newId(),
    tenantId: tenantId ?? tenant_id ?? '',
    name: name ?? '',
    description: description ?? '',
    shared: shared ?? false,
  };
}

export function updateQosPolicy(old: QosPolicy, input: QosPolicyInput): QosPolicy {
  const { tenantId, tenant_id, name, description, shared } = input;
  return {
    ...old,
    tenantId: tenantId ?? tenant_id ?? old.tenantId,
    name: name ?? old.name,
    description: description ?? old.description,
    shared: shared ?? old.shared,
  };
}

/** The rules that come inside a policy; undefined when none are spoken of. */
export function embeddedRules(
  { rules }: QosPolicyInput,
  policyId: QosPolicyId,
  newId: () => QosRuleId,
): Converted<readonly QosRule[] | undefined> {
  if (rules === null || rules === undefined) return ok(undefined);
  const converted: QosRule[] = [];
  for (const [index, rule] of rules.entries()) {
    const maxKbps = rule.maxKbps ?? rule.max_kbps;
    const maxBurstKb = rule.maxBurstKb ?? rule.max_burst_kbps;
    const dscpMark = rule.dscpMark ?? rule.dscp_mark;
    const type = rule.type ?? (typeof dscpMark === 'number' ? 'dscp_marking' : 'bandwidth_limit');
    if (type === 'bandwidth_limit') {
      if (typeof maxKbps !== 'number') return invalid(`rules.${index}.maxKbps`, 'is required in a bandwidth_limit');
      converted.push(newQosBwLimitRule({ ...rule, maxKbps, maxBurstKb }, policyId, newId));
    } else {
      if (typeof dscpMark !== 'number') return invalid(`rules.${index}.dscpMark`, 'is required in a dscp_marking');
      converted.push(newQosDscpRule({ ...rule, dscpMark }, policyId, newId));
    }
  }
  return ok(converted);
}

export function newQosBwLimitRule(
  input: z.output<typeof qosBwLimitRuleInput>,
  policyId: QosPolicyId,
  newId: () => QosRuleId,
): QosBandwidthRule {
  const { id, maxKbps, maxBurstKb } = input;
  const common = { kind: 'qosRule', type: 'bandwidth', id: id ?? newId(), policyId } as const;
  return { ...common, maxKbps, maxBurstKb: maxBurstKb ?? 0, direction: input.direction ?? 'egress' };
}

export function updateQosBwLimitRule(
  old: QosBandwidthRule,
  input: z.output<typeof qosBwLimitRuleUpdate>,
): QosBandwidthRule {
  return {
    ...old,
    maxKbps: input.maxKbps ?? old.maxKbps,
    maxBurstKb: input.maxBurstKb ?? old.maxBurstKb,
    direction: input.direction ?? old.direction,
  };
}

export function newQosDscpRule(
  input: z.output<typeof qosDscpRuleInput>,
  policyId: QosPolicyId,
  newId: () => QosRuleId,
): QosDscpRule {
  return { kind: 'qosRule', type: 'dscp', id: input.id ?? newId(), policyId, mark: input.dscpMark };
}

export function updateQosDscpRule(old: QosDscpRule, input: z.output<typeof qosDscpRuleUpdate>): QosDscpRule {
  return { ...old, mark: input.dscpMark ?? old.mark };
}

export function qosPolicyToDto(policy: QosPolicy, rules: readonly QosRule[], base: Base): QosPolicyDto {
  const { id, tenantId, name, description, shared } = policy;
  const here = (...rest: string[]) => link(base, 'qos_policies', id, ...rest);
  return {
    id,
    uri: here(),
    tenantId,
    name,
    description,
    shared,
    rules: rules.map(embedded),
    bwLimitRules: here('qos_bw_limit_rules'),
    dscpRules: here('qos_dscp_rules'),
  };
}

function embedded(rule: QosRule): QosPolicyDto['rules'][number] {
  const { id } = rule;
  if (rule.type === 'dscp') {
    return { id, type: 'dscp_marking', maxKbps: null, maxBurstKb: null, direction: null, dscpMark: rule.mark };
  }
  const { maxKbps, maxBurstKb } = rule;
  return { id, type: 'bandwidth_limit', maxKbps, maxBurstKb, direction: rule.direction, dscpMark: null };
}

export function qosBwLimitRuleToDto(rule: QosBandwidthRule, base: Base): QosBwLimitRuleDto {
  const { id, policyId, maxKbps, maxBurstKb } = rule;
  const uri = link(base, 'qos_bw_limit_rules', id);
  const policy = link(base, 'qos_policies', policyId);
  return { id, uri, policyId, policy, maxKbps, maxBurstKb, direction: rule.direction };
}

export function qosDscpRuleToDto({ id, policyId, mark }: QosDscpRule, base: Base): QosDscpRuleDto {
  const uri = link(base, 'qos_dscp_rules', id);
  return { id, uri, policyId, policy: link(base, 'qos_policies', policyId), dscpMark: mark };
}
