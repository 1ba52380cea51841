import type { Cidr } from '@midonet/packet';
import type { NumberRange, Rule, RuleCondition, Test } from '../filter-entities.ts';
import { MAX_TRACED_PACKETS } from '../trace-entities.ts';
import { failing } from './failing.ts';
import { natViolations } from './nat-targets.ts';
import type { Violation } from './plan.ts';

/** Below this an EtherType is a length (IEEE 802.3). */
const MIN_ETHERTYPE = 0x600;

/** Refuses what no packet could meet, and what MidoNet refuses: it is most likely a slip. */
export function ruleViolations(rule: Rule): readonly Violation[] {
  return [
    ...conditionViolations(rule.condition),
    ...natViolations(rule),
    ...transformViolations(rule),
    ...limitViolations(rule),
  ];
}

function transformViolations(rule: Rule): readonly Violation[] {
  if (rule.type !== 'l2Transform') return [];
  const { popVlan, pushVlan, action } = rule;
  return failing(
    [pushVlan !== undefined && !(pushVlan >= 1 && pushVlan <= 4094), 'pushVlan', 'must be 1 to 4094'],
    [
      action !== 'redirect' && !popVlan && pushVlan === undefined,
      'popVlan',
      'the rule does nothing: give popVlan, pushVlan, or flowAction redirect with targetPortId',
    ],
  );
}

function limitViolations(rule: Rule): readonly Violation[] {
  if (rule.type !== 'trace') return [];
  const { limit } = rule;
  return failing([
    limit < 1 || limit > MAX_TRACED_PACKETS,
    'limit',
    `must be 1 to ${MAX_TRACED_PACKETS} packets a host`,
  ]);
}

export function conditionViolations(condition: RuleCondition): readonly Violation[] {
  const { fragmentPolicy, dlType, vlan, noVlan, nwSrc, nwDst, icmpDataSrc, icmpDataDst, tpSrc, tpDst } = condition;
  const hasPorts = tpSrc !== undefined || tpDst !== undefined;
  return failing(
    [
      hasPorts && (fragmentPolicy === 'any' || fragmentPolicy === 'nonheader'),
      'fragmentPolicy',
      `must be 'header' or 'unfragmented' when tpSrc or tpDst are given: later fragments have no ports`,
    ],
    [dlType !== undefined && dlType.value < MIN_ETHERTYPE, 'dlType', 'must be 0x600 (1536) to 0xffff (65535)'],
    [noVlan === true && vlan !== undefined, 'vlan', 'cannot be given together with noVlan'],
    [!sameFamily(nwSrc, nwDst), 'nwDstAddress', 'must be of the same IP version as nwSrcAddress'],
    [
      !sameFamily(icmpDataSrc, icmpDataDst),
      'icmpDataDstIpAddress',
      'must be of the IP version of icmpDataSrcIpAddress',
    ],
    [isBackwards(tpSrc), 'tpSrc', 'must not start above its end'],
    [isBackwards(tpDst), 'tpDst', 'must not start above its end'],
    [isEmpty(condition.inPorts), 'inPorts', 'must name a port, or be left out'],
    [isEmpty(condition.outPorts), 'outPorts', 'must name a port, or be left out'],
  );
}

function sameFamily(a: Test<Cidr> | undefined, b: Test<Cidr> | undefined): boolean {
  return a === undefined || b === undefined || typeof a.value.address === typeof b.value.address;
}

function isBackwards(range: Test<NumberRange> | undefined): boolean {
  return range !== undefined && range.value.start > range.value.end;
}

function isEmpty(ports: RuleCondition['inPorts']): boolean {
  return ports?.value.length === 0;
}
