import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import {
  qosBwLimitRuleDto,
  qosBwLimitRuleInput,
  qosBwLimitRuleUpdate,
  qosDscpRuleDto,
  qosDscpRuleInput,
  qosDscpRuleUpdate,
  qosPolicyDto,
  qosPolicyInput,
} from '../resources/qos.ts';

const POLICY = ['QOSPolicy', 1] as const;
const LIMIT = ['QOSRuleBWLimit', 1] as const;
const MARK = ['QOSRuleDSCP', 1] as const;

const policy = { media: POLICY, response: qosPolicyDto } as const;
const limit = { media: LIMIT, response: qosBwLimitRuleDto } as const;
const mark = { media: MARK, response: qosDscpRuleDto } as const;

export const qosPolicies = {
  list: listEndpoint('/qos_policies', { summary: 'List QoS policies', query: ['tenant_id', 'name'], ...policy }),
  create: postEndpoint('/qos_policies', {
    summary: 'Create a QoS policy, with rules when they are given',
    request: qosPolicyInput,
    ...policy,
  }),
  get: getEndpoint('/qos_policies/{id}', { summary: 'Show a QoS policy with its rules', ...policy }),
  update: putEndpoint('/qos_policies/{id}', {
    summary: 'Change a QoS policy; with rules, to exactly these',
    request: qosPolicyInput,
    ...policy,
  }),
  remove: deleteEndpoint('/qos_policies/{id}', {
    summary: 'Delete a QoS policy with its rules; bridges and ports lose it',
    media: POLICY,
  }),
  bwLimitRules: listEndpoint('/qos_policies/{id}/qos_bw_limit_rules', {
    summary: 'List the bandwidth limits of a QoS policy',
    ...limit,
  }),
  createBwLimitRule: postEndpoint('/qos_policies/{id}/qos_bw_limit_rules', {
    summary: 'Limit the bandwidth of a direction',
    request: qosBwLimitRuleInput,
    ...limit,
  }),
  dscpRules: listEndpoint('/qos_policies/{id}/qos_dscp_rules', {
    summary: 'List the DSCP mark of a QoS policy',
    ...mark,
  }),
  createDscpRule: postEndpoint('/qos_policies/{id}/qos_dscp_rules', {
    summary: 'Mark what machines send with a DSCP',
    request: qosDscpRuleInput,
    ...mark,
  }),
} as const;

export const qosBwLimitRules = {
  get: getEndpoint('/qos_bw_limit_rules/{id}', { summary: 'Show a bandwidth limit', ...limit }),
  update: putEndpoint('/qos_bw_limit_rules/{id}', {
    summary: 'Change a bandwidth limit',
    request: qosBwLimitRuleUpdate,
    ...limit,
  }),
  remove: deleteEndpoint('/qos_bw_limit_rules/{id}', { summary: 'Delete a bandwidth limit', media: LIMIT }),
} as const;

export const qosDscpRules = {
  get: getEndpoint('/qos_dscp_rules/{id}', { summary: 'Show a DSCP mark', ...mark }),
  update: putEndpoint('/qos_dscp_rules/{id}', { summary: 'Change a DSCP mark', request: qosDscpRuleUpdate, ...mark }),
  remove: deleteEndpoint('/qos_dscp_rules/{id}', { summary: 'Delete a DSCP mark', media: MARK }),
} as const;
