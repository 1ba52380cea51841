import {
  embeddedRules,
  newQosBwLimitRule,
  newQosDscpRule,
  newQosPolicy,
  qosBwLimitRuleToDto,
  qosDscpRuleToDto,
  qosPolicyToDto,
  updateQosBwLimitRule,
  updateQosDscpRule,
  updateQosPolicy,
  type Base,
  type QosPolicyDto,
} from '@midonet/contract';
import type { QosBandwidthRule, QosDscpRule, QosPolicy, QosPolicyId, QosRule, QosRuleId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { notFound } from '../http/problem.ts';
import { found, matches, newId, pathId, unwrap, type Services } from './services.ts';

export function qosPolicyHandlers({ reader, writer }: Services): Group<'qosPolicies'> {
  const read = async (text: string) =>
    found(await reader.get('qosPolicy', pathId('QoS policy', text)), 'QoS policy', text);
  const rulesOf = (id: QosPolicyId): Promise<QosRule[]> => reader.childObjects('qosPolicy', id, 'qosRule', 'rule');
  const toDto = async (policy: QosPolicy, base: Base): Promise<QosPolicyDto> =>
    qosPolicyToDto(policy, await rulesOf(policy.id), base);
  return {
    list: async ({ query, base }) => {
      const policies = await reader.list('qosPolicy');
      return Promise.all(
        policies.filter((one) => matches(query, one.tenantId, one.name)).map((one) => toDto(one, base)),
      );
    },
    get: async ({ params, base }) => toDto(await read(params.id), base),
    create: async ({ body, base, author }) => {
      const policy = newQosPolicy(body, newId);
      const rules = unwrap(embeddedRules(body, policy.id, newId)) ?? [];
      return toDto(await writer.createQosPolicy(policy, rules, author), base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<QosPolicyId>('QoS policy', params.id);
      const rules = unwrap(embeddedRules(body, id, newId));
      return toDto(await writer.updateQosPolicy(id, { of: (old) => updateQosPolicy(old, body), rules }, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('qosPolicy', pathId('QoS policy', params.id), author);
      return undefined;
    },
    bwLimitRules: async ({ params, base }) => {
      const rules = await rulesOf((await read(params.id)).id);
      return rules.filter(isLimit).map((one) => qosBwLimitRuleToDto(one, base));
    },
    createBwLimitRule: async ({ params, body, base, author }) => {
      const rule = newQosBwLimitRule(body, pathId<QosPolicyId>('QoS policy', params.id), newId);
      return qosBwLimitRuleToDto(await writer.create(rule, author), base);
    },
    dscpRules: async ({ params, base }) => {
      const rules = await rulesOf((await read(params.id)).id);
      return rules.filter(isMark).map((one) => qosDscpRuleToDto(one, base));
    },
    createDscpRule: async ({ params, body, base, author }) => {
      const rule = newQosDscpRule(body, pathId<QosPolicyId>('QoS policy', params.id), newId);
      return qosDscpRuleToDto(await writer.create(rule, author), base);
    },
  };
}

export function qosBwLimitRuleHandlers({ reader, writer }: Services): Group<'qosBwLimitRules'> {
  const read = async (text: string): Promise<QosBandwidthRule> =>
    limitOf(await reader.get('qosRule', pathId('bandwidth limit', text)), text);
  return {
    get: async ({ params, base }) => qosBwLimitRuleToDto(await read(params.id), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<QosRuleId>('bandwidth limit', params.id);
      const change = (old: QosRule): QosRule => updateQosBwLimitRule(limitOf(old, id), body);
      return qosBwLimitRuleToDto(limitOf(await writer.update('qosRule', id, change, author), id), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('qosRule', (await read(params.id)).id, author);
      return undefined;
    },
  };
}

export function qosDscpRuleHandlers({ reader, writer }: Services): Group<'qosDscpRules'> {
  const read = async (text: string): Promise<QosDscpRule> =>
    markOf(await reader.get('qosRule', pathId('DSCP mark', text)), text);
  return {
    get: async ({ params, base }) => qosDscpRuleToDto(await read(params.id), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<QosRuleId>('DSCP mark', params.id);
      const change = (old: QosRule): QosRule => updateQosDscpRule(markOf(old, id), body);
      return qosDscpRuleToDto(markOf(await writer.update('qosRule', id, change, author), id), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('qosRule', (await read(params.id)).id, author);
      return undefined;
    },
  };
}

const isLimit = (rule: QosRule): rule is QosBandwidthRule => rule.type === 'bandwidth';
const isMark = (rule: QosRule): rule is QosDscpRule => rule.type === 'dscp';

/** Rules of the two kinds share their ids; under the other kind's path there is none. */
function limitOf(rule: QosRule | undefined, id: string): QosBandwidthRule {
  if (rule === undefined || !isLimit(rule)) throw notFound('bandwidth limit', id);
  return rule;
}

function markOf(rule: QosRule | undefined, id: string): QosDscpRule {
  if (rule === undefined || !isMark(rule)) throw notFound('DSCP mark', id);
  return rule;
}
