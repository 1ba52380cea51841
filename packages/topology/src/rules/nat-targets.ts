import { isIp4 } from '@midonet/packet';
import type { NatTarget, Rule, RuleCondition } from '../filter-entities.ts';
import type { Violation } from './plan.ts';

/** More addresses than this behind one rule are a mistake: each costs a look-up in a full range. */
const MAX_ADDRESSES = 65_536n;
const MAX_TARGETS = 64;

/**
 * The targets of a NAT rule must be ranges of one IP family, from low to high, and of the family that
 * the rule asks for. Any fragment policy will do: later fragments are translated like their first.
 */
export function natViolations(rule: Rule): readonly Violation[] {
  if (rule.type !== 'snat' && rule.type !== 'dnat') return [];
  const { targets, condition } = rule;
  const [first] = targets;
  if (first === undefined) return wrong('natTargets', 'a NAT rule needs at least one target');
  if (targets.length > MAX_TARGETS) return wrong('natTargets', `a NAT rule has at most ${MAX_TARGETS} targets`);
  for (const [index, target] of targets.entries()) {
    const [member, message] = wrongWith(target, first) ?? [];
    if (member !== undefined && message !== undefined) return wrong(`natTargets.${index}.${member}`, message);
  }
  const other = testOfOtherFamily(condition, first);
  if (other !== undefined) return wrong('natTargets.0.addressFrom', `must be of the same IP version as ${other}`);
  const withPorts = targets.filter(({ portFrom, portTo }) => portFrom !== 0 || portTo !== 0).length;
  if (withPorts === 0 || withPorts === targets.length) return [];
  return wrong('natTargets', 'either all targets have ports or none has');
}

function wrong(property: string, message: string): readonly Violation[] {
  return [{ property, message }];
}

function wrongWith(target: NatTarget, first: NatTarget): readonly [string, string] | undefined {
  const { addressFrom, addressTo, portFrom, portTo } = target;
  if (isIp4(addressFrom) !== isIp4(first.addressFrom)) return ['addressFrom', 'targets must be of one IP version'];
  if (isIp4(addressFrom) !== isIp4(addressTo)) return ['addressTo', 'must be of the same IP version as addressFrom'];
  if (addressTo < addressFrom) return ['addressTo', 'must not be below addressFrom'];
  if (BigInt(addressTo) - BigInt(addressFrom) >= MAX_ADDRESSES) {
    return ['addressTo', `a range has at most ${MAX_ADDRESSES} addresses`];
  }
  if (portTo < portFrom) return ['portTo', 'must not be below portFrom'];
  if (portFrom === 0 && portTo !== 0) return ['portFrom', 'ports start at 1; 0 to 0 leaves ports as they are'];
  return undefined;
}

/** A test that only packets of the other IP version meet: all that apply would be dropped. */
function testOfOtherFamily({ invert, nwSrc, nwDst }: RuleCondition, { addressFrom }: NatTarget): string | undefined {
  if (invert) return undefined;
  const differs = (test: typeof nwSrc): boolean =>
    test !== undefined && !test.invert && isIp4(test.value.address) !== isIp4(addressFrom);
  return differs(nwSrc) ? 'nwSrcAddress' : differs(nwDst) ? 'nwDstAddress' : undefined;
}
