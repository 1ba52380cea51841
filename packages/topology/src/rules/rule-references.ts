import type { Rule, RuleCondition } from '../filter-entities.ts';
import type { ChainId, IpAddrGroupId, PortGroupId, PortId } from '../ids.ts';
import { indexKey } from '../keys.ts';
import { refused, type Refused } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { checkTracing } from './tracing-rules.ts';

type Read = ReadRecorder<number>;
type GroupMember = 'portGroup' | 'inPortGroup' | 'outPortGroup' | 'ipAddrGroupSrc' | 'ipAddrGroupDst';

/** The groups a condition asks about: the member, the kind of group, its id. */
export function groupsOf(
  condition: RuleCondition,
): readonly (readonly [GroupMember, 'portGroup' | 'ipAddrGroup', PortGroupId | IpAddrGroupId])[] {
  const { portGroup, inPortGroup, outPortGroup, ipAddrGroupSrc, ipAddrGroupDst } = condition;
  const found: [GroupMember, 'portGroup' | 'ipAddrGroup', PortGroupId | IpAddrGroupId][] = [];
  if (portGroup !== undefined) found.push(['portGroup', 'portGroup', portGroup.value]);
  if (inPortGroup !== undefined) found.push(['inPortGroup', 'portGroup', inPortGroup.value]);
  if (outPortGroup !== undefined) found.push(['outPortGroup', 'portGroup', outPortGroup.value]);
  if (ipAddrGroupSrc !== undefined) found.push(['ipAddrGroupSrc', 'ipAddrGroup', ipAddrGroupSrc.value]);
  if (ipAddrGroupDst !== undefined) found.push(['ipAddrGroupDst', 'ipAddrGroup', ipAddrGroupDst.value]);
  return found;
}

/** The port that a rule sends packets to. */
export function redirectTargetOf(rule: Rule): PortId | undefined {
  return rule.type === 'l2Transform' && rule.action === 'redirect' ? rule.targetPortId : undefined;
}

/** A port cannot go while a rule sends packets there: without the rule they would go another way. */
export async function checkNoRedirect(port: PortId, read: Read): Promise<Refused | undefined> {
  const [rule] = await read.below(indexKey('port', port, 'redirect', ''));
  if (rule === undefined) return undefined;
  return refused('inUse', 'id', `rule ${rule} redirects to port ${port}: delete or change that rule first`);
}

/**
 * What a rule newly names must be there. Ports and devices may go later: a test that names one that
 * is gone is not met by any packet. Groups, and targets of jumps
 * and redirections, cannot go while a rule names them.
 */
export async function checkRuleReferences(
  before: Rule | undefined,
  after: Rule,
  read: Read,
): Promise<Refused | undefined> {
  const refusal = await checkCondition(before === undefined ? [] : [before.condition], after.condition, read);
  if (refusal !== undefined) return refusal;
  const untraceable = await checkTracing(before, after, read);
  if (untraceable !== undefined) return untraceable;
  const target = redirectTargetOf(after);
  if (target !== undefined && target !== (before && redirectTargetOf(before))) {
    if (!(await read.exists(`port/${target}`))) return refused('invalid', 'targetPortId', `no port ${target}`);
  }
  if (after.type !== 'jump' || (before?.type === 'jump' && before.jumpChainId === after.jumpChainId)) return undefined;
  return checkJump(after.chainId, after.jumpChainId, read);
}

/** What a condition names and none of those before did must be there. */
export async function checkCondition(
  before: readonly RuleCondition[],
  condition: RuleCondition,
  read: Read,
): Promise<Refused | undefined> {
  const groups = new Set(before.flatMap((old) => groupsOf(old).map(([member, , id]) => `${member} ${id}`)));
  for (const [member, kind, id] of groupsOf(condition)) {
    if (groups.has(`${member} ${id}`) || (await read.exists(`${kind}/${id}`))) continue;
    return refused('invalid', member, `no ${kind} ${id}`);
  }
  for (const member of ['inPorts', 'outPorts'] as const) {
    const had = new Set(before.flatMap((old) => old[member]?.value ?? []));
    for (const id of condition[member]?.value ?? []) {
      if (!had.has(id) && !(await read.exists(`port/${id}`))) return refused('invalid', member, `no port ${id}`);
    }
  }
  const device = condition.traversedDevice?.value;
  if (device === undefined || before.some((old) => old.traversedDevice?.value === device)) return undefined;
  return (await isDevice(device, read))
    ? undefined
    : refused('invalid', 'traversedDevice', `no device or port ${device}`);
}

async function isDevice(id: string, read: Read): Promise<boolean> {
  for (const kind of ['port', 'bridge', 'router']) if (await read.exists(`${kind}/${id}`)) return true;
  return false;
}

/**
 * A packet must not come round: from the target, no jump may lead back. The plan holds while the
 * jumps of all chains looked at stay as they are, so two changes that close a loop together do not
 * both commit.
 */
async function checkJump(from: ChainId, target: ChainId, read: Read): Promise<Refused | undefined> {
  if (!(await read.exists(`chain/${target}`))) return refused('invalid', 'jumpChainId', `no chain ${target}`);
  const seen = new Set<string>([target]);
  for (const chain of seen) {
    if (chain === from) {
      return refused('conflict', 'jumpChainId', `chain ${target} jumps back to chain ${from}: packets would go round`);
    }
    const jumps = await read.valuesBelow(indexKey('chain', chain, 'jumpTo', ''));
    for (const next of jumps.values()) seen.add(next);
  }
  return undefined;
}
