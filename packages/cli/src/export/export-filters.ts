import type { ChainDto, RuleDto } from '@midonet/contract';
import { qosText } from '../objects/qos-text.ts';
import { natTargetText } from '../rules/nat-words.ts';
import type { Session } from '../session.ts';
import { tests } from './export-condition.ts';
import { exportLoggers } from './export-observers.ts';
import { list, mapping, type Exported, type Part } from './exported.ts';

/** A list of rules; with its log and loggers beside them when the chain has some. */
export async function exportChain(
  session: Session,
  from: Exported,
  name: string,
  chain: ChainDto,
): Promise<readonly Part[] | Part> {
  const found = await session.client.chains.rules({ id: chain.id });
  const rules = found.map((rule) => rulePart(from, rule, `${name}:${rule.position}`));
  const loggers = await exportLoggers(session, from, name, chain);
  if (chain.ruleLogEvent === null && loggers === undefined) return rules;
  return { log: chain.ruleLogEvent?.toLowerCase(), loggers, rules };
}

function rulePart(from: Exported, rule: RuleDto, what: string): Part {
  return { ...unmeteredPart(from, rule, what), meter: rule.meterName ?? undefined };
}

function unmeteredPart(from: Exported, rule: RuleDto, what: string): Part {
  const nameOf = (id: string): string => from.needed(id, what);
  const then = rule.flowAction === null || rule.flowAction === 'accept' ? undefined : rule.flowAction;
  if (rule.type === 'jump') return { jump: nameOf(rule.jumpChainId ?? ''), ...tests(rule, nameOf) };
  if (rule.type === 'l2_transform') return { ...transformPart(rule, nameOf), ...tests(rule, nameOf) };
  if (rule.type === 'trace') {
    const limit = rule.limit === null || rule.limit >= 1000 ? undefined : String(rule.limit);
    return { do: 'trace', to: nameOf(rule.requestId ?? ''), limit, ...tests(rule, nameOf) };
  }
  const to = rule.natTargets?.map(natTargetText).join(',');
  return { do: rule.type.replace('_', '-'), to, then, ...tests(rule, nameOf) };
}

function transformPart(rule: RuleDto, nameOf: (id: string) => string): Part {
  const { flowAction, popVlan, pushVlan, targetPortId, ingress, failOpen } = rule;
  const tags = { 'pop-vlan': popVlan || undefined, 'push-vlan': pushVlan === 0 ? undefined : String(pushVlan) };
  if (flowAction !== 'redirect') {
    return { do: 'l2-transform', ...tags, then: flowAction === 'accept' ? undefined : (flowAction ?? undefined) };
  }
  const how = { into: ingress || undefined, 'fail-open': failOpen || undefined };
  return { do: 'redirect', to: nameOf(targetPortId ?? ''), ...how, ...tags };
}

export function exportMirrors(from: Exported): Part | undefined {
  const mirrors = [...from.live.mirrors].flatMap(([name, { toPortId, conditions }]): [string, Part][] => {
    const to = from.port(toPortId);
    if (to === undefined) {
      from.leave(`mirror ${name}, whose port is another tenant's`);
      return [];
    }
    const nameOf = (id: string): string => from.needed(id, `of mirror ${name}`);
    const when = conditions.map((one) => tests(one, nameOf));
    const everything = when.length === 1 && Object.keys(when[0] ?? {}).length === 0;
    return [[name, { to, when: everything ? undefined : when }]];
  });
  return mapping(mirrors);
}

export function exportPortGroups(from: Exported): Part | undefined {
  const groups = [...from.live.portGroups].map(([name, { stateful, portIds }]): [string, Part] => {
    const ports = portIds.map((id) => from.port(id));
    if (ports.includes(undefined)) from.leave(`members of port group ${name} that are another tenant's`);
    return [
      name,
      { stateful: stateful ? true : undefined, ports: list(ports.filter((one) => one !== undefined).sort()) },
    ];
  });
  return mapping(groups);
}

export async function exportIpGroups(session: Session, from: Exported): Promise<Part | undefined> {
  const groups = [...from.live.ipAddrGroups].map(async ([name, group]): Promise<[string, unknown]> => {
    const { id, inboundChainId, outboundChainId } = group;
    const addresses = await session.client.ipAddrGroupAddrs.list({ id });
    const all = addresses.map(({ addr }) => addr);
    if (inboundChainId === null && outboundChainId === null) return [name, all];
    const chain = (one: string | null) => (one === null ? undefined : from.needed(one, `of IP address group ${name}`));
    return [name, { addresses: all, inbound: chain(inboundChainId), outbound: chain(outboundChainId) }];
  });
  return mapping(await Promise.all(groups));
}

export function exportQosPolicies(from: Exported): Part | undefined {
  const policies = [...from.live.qosPolicies].map(([name, policy]): [string, Part] => {
    const description = policy.description === '' ? undefined : policy.description;
    const { egress, ingress, dscp } = qosText(policy.rules);
    return [name, { egress, ingress, dscp, description, shared: policy.shared ? true : undefined }];
  });
  return mapping(policies);
}
