import {
  MOST_OPERATIONS,
  conditionToDto,
  decode,
  newCondition,
  conditionInput,
  type ConditionDto,
  type RuleDto,
} from '@midonet/contract';
import { CliError } from '../cli-error.ts';
import { readMatches } from '../rules/match-fields.ts';
import { effectOf, type Effect } from '../rules/rule-effect.ts';
import type { LogEvent } from '../rules/log-words.ts';
import { ruleText } from '../rules/rule-text.ts';
import type { Fields } from '../rules/rule-body.ts';
import type { Session } from '../session.ts';
import { planClaims, type Claim, type Patch } from './claims.ts';
import type { WantedChain, WantedRule } from './document-filters.ts';
import { nameIn, renamedTo } from './keys.ts';
import { liveNames } from './live-names.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export function planChain(live: LiveTopology, { name, log }: WantedChain, tenant: string | undefined): Change[] {
  const chain = live.chains.get(name);
  const id = live.idOf(`chain ${name}`, chain);
  if (chain !== undefined) {
    const text = (event: LogEvent | null): string | null => event?.toLowerCase() ?? null;
    const body = { name: renamedTo(name), ruleLogEvent: log };
    const fields = differences(
      { name: chain.name, log: text(chain.ruleLogEvent) },
      { name: body.name, log: log === undefined ? undefined : text(log) },
    );
    const run: Change['run'] = (client) => change(client.chains, { id }, body, chain);
    return fields.length === 0 ? [] : [{ sign: '~', what: `chain ${name}`, fields, run }];
  }
  const body = { id, name: nameIn(name), tenantId: tenant, ruleLogEvent: log };
  return [{ sign: '+', what: `chain ${name}`, run: (client) => client.chains.create({ body }) }];
}

/** A rule in the form it has on the wire, so that two that mean the same are equal. */
type Meant = ConditionDto & Effect;

/**
 * A chain in the file has exactly the rules that the file says. What is the same at the head and at
 * the end stays; between, rules are changed in place, so that they keep their ids and counters.
 *
 * Jumps must not lead back at any time, also where chains exchange them: those of all chains go before
 * any comes, and rules that jump elsewhere do so in one step.
 */
export async function planRules(
  session: Session,
  live: LiveTopology,
  wanted: readonly WantedChain[],
): Promise<Change[]> {
  const [first, jumps, last]: [Change[], Claim[], Change[]] = [[], [], []];
  for (const chain of wanted) {
    const planned = await planRulesOf(session, live, chain);
    first.push(...planned.first);
    jumps.push(...planned.jumps);
    last.push(...planned.last);
  }
  // Who has no jump to give up waits for those who have. More than a transaction takes go one after the other.
  const many = 2 * jumps.length > MOST_OPERATIONS;
  const alone = (claim: Claim, index: number): Claim => ({ ...claim, takes: [`the jump of rule ${index}`] });
  const [moving, coming] = [
    jumps.filter(({ asides }) => asides.length > 0),
    jumps.filter((one) => one.asides.length === 0),
  ];
  return [...first, ...planClaims(many ? moving.map(alone) : moving), ...planClaims(coming.map(alone)), ...last];
}

type Planned = { readonly first: Change[]; readonly jumps: Claim[]; readonly last: Change[] };

async function planRulesOf(session: Session, live: LiveTopology, wanted: WantedChain): Promise<Planned> {
  const { name } = wanted;
  const chain = live.chains.get(name);
  const id = live.idOf(`chain ${name}`, chain);
  const has = chain === undefined ? [] : await session.client.chains.rules({ id });
  const should: Meant[] = [];
  for (const rule of wanted.rules) should.push(await meantBy(rule, live));
  const [old, now] = [has.map(meantOf), should];
  let head = 0;
  while (head < old.length && head < now.length && same(old[head], now[head])) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && same(old.at(-1 - tail), now.at(-1 - tail))) tail++;
  const shared = Math.min(old.length, now.length) - head - tail;
  const planned: Planned = { first: [], jumps: [], last: [] };
  const text = (rule: Meant): string => ruleText(rule, (one) => live.nameOf(one));
  for (let i = head; i < head + shared; i++) {
    const [before, after, rule] = [old[i], now[i], has[i]];
    if (before === undefined || after === undefined || rule === undefined || same(before, after)) continue;
    const told = { sign: '~', what: `rule ${name}:${i + 1}`, fields: [`${text(before)} → ${text(after)}`] } as const;
    if (after.jumpChainId !== null && after.jumpChainId !== before.jumpChainId) {
      planned.jumps.push(jumpClaim(told, rule, after));
      continue;
    }
    const run: Change['run'] = (client) => change(client.rules, { id: rule.id }, after, rule);
    planned.first.push({ ...told, run });
  }
  for (let i = old.length - tail - 1; i >= head + shared; i--) {
    const [before, rule] = [old[i], has[i]];
    if (before === undefined || rule === undefined) continue;
    const run: Change['run'] = (client) => client.rules.remove({ id: rule.id });
    planned.first.push({ sign: '-', what: `rule ${name}:${i + 1} ${text(before)}`, run });
  }
  for (let i = head + shared; i < now.length - tail; i++) {
    const after = now[i];
    if (after === undefined) continue;
    const run: Change['run'] = (client) => client.chains.createRule({ id, body: { ...after, position: i + 1 } });
    planned.last.push({ sign: '+', what: `rule ${name}:${i + 1} ${text(after)}`, run });
  }
  return planned;
}

/** Among rules that all get another jump, each first gives up its own. */
function jumpClaim(told: Claim['change'], rule: RuleDto, after: Meant): Claim {
  const patch = (body: object): Patch => ({
    path: `/rules/${rule.id}`,
    get: (client) => client.rules.get({ id: rule.id }),
    planned: rule,
    body,
  });
  return {
    change: told,
    takes: ['where rules jump to'],
    leaves: [],
    releases: [],
    asides: rule.jumpChainId === null ? [] : [patch({ type: 'accept', jumpChainId: null })],
    sets: [patch(after)],
  };
}

function same(a: Meant | undefined, b: Meant | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** In the order of the condition's own fields, whatever the server's order was. */
function meantOf(rule: RuleDto): Meant {
  const decoded = decode(conditionInput, rule);
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  const fields = condition.kind === 'ok' ? conditionToDto(condition.value) : rule;
  const {
    type,
    jumpChainId,
    flowAction,
    popVlan,
    pushVlan,
    targetPortId,
    ingress,
    failOpen,
    requestId,
    limit,
    meterName,
  } = rule;
  const rest = { popVlan, pushVlan, targetPortId, ingress, failOpen, requestId, limit, meterName };
  const natTargets =
    rule.natTargets?.map(({ addressFrom, addressTo, portFrom, portTo }) => ({
      addressFrom,
      addressTo,
      portFrom,
      portTo,
    })) ?? null;
  return { ...fields, type, jumpChainId, flowAction, natTargets, ...rest };
}

async function meantBy(rule: WantedRule, live: LiveTopology): Promise<Meant> {
  const { fields, effect } = await resolved(rule, live);
  const decoded = decode(conditionInput, fields);
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  if (condition.kind === 'invalid') {
    return rule.fail(condition.violations.map(({ property, message }) => `${property} ${message}`).join('; '));
  }
  const { type, jumpChainId, flowAction, natTargets } = effect;
  const { popVlan, pushVlan, targetPortId, ingress, failOpen, requestId, limit, meterName } = effect;
  const rest = { popVlan, pushVlan, targetPortId, ingress, failOpen, requestId, limit, meterName };
  return { ...conditionToDto(condition.value), type, jumpChainId, flowAction, natTargets, ...rest };
}

async function resolved(
  rule: WantedRule,
  live: LiveTopology,
): Promise<{ readonly fields: Fields; readonly effect: Effect }> {
  try {
    const names = liveNames(live);
    const fields = await readMatches(rule.matches, names);
    return { fields, effect: await effectOf(rule.action, rule, names) };
  } catch (error) {
    if (error instanceof CliError) return rule.fail(`cannot be understood: ${error.message}`);
    throw error;
  }
}
