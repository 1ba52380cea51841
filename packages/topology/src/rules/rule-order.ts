import { compareRules, MAX_RULE_ORDER, type Rule } from '../filter-entities.ts';
import type { ChainId, RuleId } from '../ids.ts';
import { indexKey } from '../keys.ts';
import { checkRuleReferences } from './rule-references.ts';
import { invalid, refused, WriteList, type Plan, type Refused } from './plan.ts';
import { memberViolations } from './members.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { withTracing } from './tracing-rules.ts';

type Read = ReadRecorder<number>;
type Without<R, K extends PropertyKey> = R extends unknown ? Omit<R, K> : never;

/** A rule that has no place in its chain yet. */
export type UnplacedRule = Without<Rule, 'order'>;

export type RuleOrder = { readonly id: RuleId; readonly order: number };

/** Between neighbours at either end, so that about fifty rules fit between two before any must move. */
const GAP = 2 ** 32;

/** The rules of a chain as they apply, by id; a rule's position is its place here, from 1. */
export async function rulesOfChain(chain: ChainId, read: Read): Promise<readonly RuleOrder[]> {
  const rows = await read.valuesBelow(indexKey('chain', chain, 'rule', ''));
  const rules = Array.from(rows, ([id, order]) => ({ id: id as RuleId, order: Number(order) })); // our own index row
  return rules.sort(compareRules);
}

/**
 * The transaction that puts `rule` at `position` (1 to number of rules + 1) of its chain; those from
 * there on move one up. Other rules are written only when no number is left between two of them.
 */
export async function planInsertRule<R extends number>(
  rule: UnplacedRule,
  position: number,
  read: ReadRecorder<R>,
): Promise<Plan<R>> {
  const unplaced: Rule = { ...rule, order: 0 };
  const refusal =
    invalid(memberViolations(unplaced)) ??
    ((await read.missing(`rule/${rule.id}`))
      ? undefined
      : refused('conflict', 'id', `rule/${rule.id} exists already`)) ??
    ((await read.exists(`chain/${rule.chainId}`))
      ? undefined
      : refused('notFound', 'chainId', `no chain ${rule.chainId}`)) ??
    (await checkRuleReferences(undefined, unplaced, read));
  if (refusal !== undefined) return refusal;
  const list = new WriteList();
  const order = await place(rule.chainId, undefined, position, read, list);
  if (typeof order !== 'number') return order;
  list.create({ ...(await withTracing(unplaced, read)), order });
  return { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

/** The transaction that turns `before`, read through the same recorder, into `after` at `position` of the same chain. */
export async function planMoveRule<R extends number>(
  before: Rule,
  after: Rule,
  position: number,
  read: ReadRecorder<R>,
): Promise<Plan<R>> {
  const refusal =
    (before.id === after.id && before.chainId === after.chainId
      ? undefined
      : refused('invalid', 'chainId', 'cannot be changed')) ??
    invalid(memberViolations(after)) ??
    (await checkRuleReferences(before, after, read));
  if (refusal !== undefined) return refusal;
  const list = new WriteList();
  const order = await place(before.chainId, before, position, read, list);
  if (typeof order !== 'number') return order;
  list.update(before, { ...(await withTracing(after, read)), order });
  return { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

/** The order for that position among the other rules; rules that must make room are put on `list`. */
async function place(
  chain: ChainId,
  moving: Rule | undefined,
  position: number,
  read: Read,
  list: WriteList,
): Promise<number | Refused> {
  const rules = await rulesOfChain(chain, read);
  const others = rules.filter(({ id }) => id !== moving?.id);
  if (!Number.isInteger(position) || position < 1 || position > others.length + 1) {
    return refused('invalid', 'position', `must be 1 to ${others.length + 1}`);
  }
  if (moving !== undefined && rules[position - 1]?.id === moving.id) return moving.order;
  const { order, moved } = orderAt(others, position - 1);
  for (const [id, to] of moved) {
    const rule = await read.get('rule', id);
    if (rule !== undefined) list.update(rule, { ...rule, order: to });
  }
  return order;
}

export type Placement = { readonly order: number; readonly moved: ReadonlyMap<RuleId, number> };

/**
 * A number for a new rule at `index`. When its neighbours leave none, the smallest stretch round it
 * that has room is spread out evenly (the list-labelling scheme of Itai, Konheim and Rodeh), so that
 * over many insertions each writes a few rules, wherever they fall.
 */
export function orderAt(rules: readonly RuleOrder[], index: number): Placement {
  const free = between(rules[index - 1]?.order, rules[index]?.order);
  if (free !== undefined) return { order: free, moved: new Map() };
  for (let reach = 4; ; reach *= 2) {
    const from = Math.max(0, index - reach);
    const to = Math.min(rules.length, index + reach);
    const count = to - from + 1;
    const all = from === 0 && to === rules.length;
    const low = all ? -(GAP * count) / 2 : (rules[from - 1]?.order ?? (rules[to]?.order ?? 0) - GAP * count);
    const high = all ? low + GAP * (count + 1) : (rules[to]?.order ?? low + GAP * (count + 1));
    const step = Math.floor((high - low) / (count + 1));
    if (step < reach * 4 && !all) continue;
    const moved = new Map<RuleId, number>();
    for (let i = from; i < to; i++) {
      const rule = rules[i];
      const order = low + step * (i - from + (i < index ? 1 : 2));
      if (rule !== undefined && rule.order !== order) moved.set(rule.id, order);
    }
    return { order: low + step * (index - from + 1), moved };
  }
}

function between(low: number | undefined, high: number | undefined): number | undefined {
  if (low === undefined && high === undefined) return 0;
  if (low === undefined) return atMost((high ?? 0) - GAP);
  if (high === undefined) return atMost(low + GAP);
  return high - low >= 2 ? Math.floor((low + high) / 2) : undefined;
}

function atMost(order: number): number | undefined {
  return Math.abs(order) <= MAX_RULE_ORDER ? order : undefined;
}
