import type { Bridge, Port } from '../entities.ts';
import type { QosPolicyId } from '../ids.ts';
import { entityKey, indexKey } from '../keys.ts';
import { directionsOf, type QosPolicy, type QosRule } from '../qos-entities.ts';
import { failing } from './failing.ts';
import { invalid, refused, WriteList, type Plan, type Refused, type Violation } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** 2 Tbit/s, as wide as the field. */
const MAX_KBPS = 0x7fffffff;

export function qosRuleViolations(rule: QosRule): readonly Violation[] {
  if (rule.type === 'dscp') {
    return failing([!(rule.mark >= 0 && rule.mark <= 63), 'dscpMark', 'must be 0 to 63']);
  }
  return failing(
    [!(rule.maxKbps >= 1 && rule.maxKbps <= MAX_KBPS), 'maxKbps', `must be 1 to ${MAX_KBPS}`],
    [rule.maxBurstKb < 0, 'maxBurstKb', 'must be 0 (a default) or more'],
  );
}

/** What a policy has one of at most. */
export function placesOf(rule: QosRule): readonly string[] {
  return rule.type === 'dscp' ? ['mark'] : directionsOf(rule.direction).map((direction) => `${direction}-limit`);
}

/** A policy that is named now and was not before must be there. */
export async function checkQosPolicy(
  before: Bridge | Port | undefined,
  after: Bridge | Port,
  read: Read,
): Promise<Refused | undefined> {
  const id = after.qosPolicyId;
  if (id === undefined || id === before?.qosPolicyId || (await read.exists(`qosPolicy/${id}`))) return undefined;
  return refused('invalid', 'qosPolicyId', `no QoS policy ${id}`);
}

export async function checkPolicyOf(rule: QosRule, read: Read): Promise<Refused | undefined> {
  if (await read.exists(`qosPolicy/${rule.policyId}`)) return undefined;
  return refused('notFound', 'policyId', `no QoS policy ${rule.policyId}`);
}

/** Deletes a policy with its rules; bridges and ports that name it have none then. */
export async function deleteQosPolicy(policy: QosPolicy, read: Read, list: WriteList): Promise<undefined> {
  for (const rule of await rulesOf(policy.id, read)) list.remove(rule);
  for (const kind of ['bridge', 'port'] as const) {
    for (const id of await read.below(indexKey('qosPolicy', policy.id, kind, ''))) {
      const user = await read.get(kind, id);
      if (user?.qosPolicyId === policy.id) list.update(user, { ...user, qosPolicyId: undefined });
    }
  }
  list.remove(policy);
  return undefined;
}

/**
 * The transaction that makes a policy, or changes it, together with its rules: exactly `rules` then.
 * A rule that is for the same as one that is there takes its place and its id.
 */
export async function planQosPolicy<R extends number>(
  before: QosPolicy | undefined,
  after: QosPolicy,
  rules: readonly QosRule[],
  read: ReadRecorder<R>,
): Promise<Plan<R>> {
  const list = new WriteList();
  const refusal =
    invalid(rules.flatMap(qosRuleViolations)) ??
    checkPlaces(rules) ??
    (before === undefined ? await checkNew(after, read) : undefined);
  if (refusal !== undefined) return refusal;
  if (before === undefined) list.create(after);
  else list.update(before, after);
  const old = new Set(before === undefined ? [] : await rulesOf(before.id, read));
  const pairs = new Map<QosRule, QosRule>();
  for (const isSame of [samePlaces, sameType]) {
    for (const wanted of rules) {
      const found = pairs.has(wanted) ? undefined : [...old].find((one) => isSame(one, wanted));
      if (found === undefined) continue;
      pairs.set(wanted, found);
      old.delete(found);
    }
  }
  for (const rule of old) list.remove(rule);
  // Those that go or shrink leave their places before others take them.
  for (const [wanted, found] of pairs) list.update(found, { ...wanted, id: found.id });
  for (const wanted of rules) {
    if (pairs.has(wanted)) continue;
    const taken = await checkNew(wanted, read);
    if (taken !== undefined) return taken;
    list.create(wanted);
  }
  return { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

const samePlaces = (a: QosRule, b: QosRule): boolean => placesOf(a).join() === placesOf(b).join();
const sameType = (a: QosRule, b: QosRule): boolean => a.type === b.type;

function checkPlaces(rules: readonly QosRule[]): Refused | undefined {
  const seen = new Set<string>();
  for (const place of rules.flatMap(placesOf)) {
    if (seen.has(place)) return refused('invalid', 'rules', `a policy can have one ${place} only`);
    seen.add(place);
  }
  return undefined;
}

async function checkNew(entity: QosPolicy | QosRule, read: Read): Promise<Refused | undefined> {
  const key = entityKey(entity);
  return (await read.missing(key)) ? undefined : refused('conflict', 'id', `${key} exists already`);
}

async function rulesOf(policy: QosPolicyId, read: Read): Promise<QosRule[]> {
  const ids = await read.below(indexKey('qosPolicy', policy, 'rule', ''));
  const rules = await Promise.all(ids.map((id) => read.get('qosRule', id)));
  return rules.filter((rule) => rule !== undefined);
}
