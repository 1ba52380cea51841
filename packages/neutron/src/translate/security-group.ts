import type { Chain, ChainId, Entity, IpAddrGroup, RuleId } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import { tenantOf } from '../objects/fields.ts';
import type { SecurityGroup, SecurityGroupRule } from '../objects/objects.ts';
import { PROTO_ICMP, PROTO_ICMPV6, protocolOf } from '../objects/protocol.ts';
import { anyOrder, chainOf, ETHERTYPE_IPV4, ETHERTYPE_IPV6, is, ruleAt, type Conditions } from './rules.ts';

export type Direction = SecurityGroupRule['direction'];

/** The chain with a group's rules for what comes to machines, or for what they send. */
export function groupChainId(groupId: string, direction: Direction): ChainId {
  return derivedId<ChainId>(groupId, `security group ${direction}`);
}

/** Two chains, that ports jump to, and the addresses of its members; those come with the ports. */
export function securityGroupTopology(group: SecurityGroup): readonly Entity[] {
  const tenantId = tenantOf(group);
  const name = group.name ?? '';
  const chain = (direction: Direction): Chain =>
    chainOf(groupChainId(group.id, direction), tenantId, `security group ${name} ${direction}`);
  const addresses: IpAddrGroup = {
    kind: 'ipAddrGroup',
    id: group.id,
    tenantId,
    name,
    inboundChainId: groupChainId(group.id, 'egress'),
    outboundChainId: groupChainId(group.id, 'ingress'),
  };
  return [chain('ingress'), chain('egress'), addresses];
}

/** What it lets through, and the later fragments of that where it asks for ports: those have none. */
export function securityGroupRuleTopology(rule: SecurityGroupRule): readonly Entity[] {
  const chainId = groupChainId(rule.security_group_id, rule.direction);
  const tests = testsOf(rule);
  const order = 2 * anyOrder(rule.id);
  const whole = ruleAt(chainId, rule.id, order, { type: 'accept', condition: tests });
  if (tests.tpSrc === undefined && tests.tpDst === undefined) return [whole];
  const { tpSrc: _source, tpDst: _destination, ...others } = tests;
  const fragments = ruleAt(chainId, derivedId<RuleId>(rule.id, 'fragments'), order + 1, {
    type: 'accept',
    condition: { ...others, fragmentPolicy: 'nonheader' },
  });
  return [whole, fragments];
}

function testsOf(rule: SecurityGroupRule): Conditions {
  const remote = rule.remote_ip_prefix ?? undefined;
  const group = rule.remote_group_id ?? undefined;
  const comes = rule.direction === 'ingress';
  const isIp6 = rule.ethertype?.toLowerCase() === 'ipv6';
  const protocol = protocolOf(rule.protocol, isIp6);
  return {
    dlType: is(isIp6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4),
    ...(protocol === undefined ? {} : { nwProto: is(protocol), ...portsOf(rule, protocol) }),
    ...(remote === undefined ? {} : comes ? { nwSrc: is(remote) } : { nwDst: is(remote) }),
    ...(group === undefined ? {} : comes ? { ipAddrGroupSrc: is(group) } : { ipAddrGroupDst: is(group) }),
  };
}

function portsOf({ port_range_min: min, port_range_max: max }: SecurityGroupRule, protocol: number): Conditions {
  const given = (number: number | null | undefined): number | undefined =>
    number === null || number === undefined || number < 0 ? undefined : number;
  const [from, to] = [given(min), given(max)];
  if (protocol === PROTO_ICMP || protocol === PROTO_ICMPV6) {
    return {
      ...(from === undefined ? {} : { tpSrc: is({ start: from, end: from }) }),
      ...(to === undefined ? {} : { tpDst: is({ start: to, end: to }) }),
    };
  }
  const [start, end] = [from ?? to, to ?? from];
  return start === undefined || end === undefined ? {} : { tpDst: is({ start, end }) };
}
