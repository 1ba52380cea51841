import type { RuleDto } from '@midonet/contract';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { natTargetsWord, natTargetText } from '../rules/nat-words.ts';
import type { RuleBody } from '../rules/rule-body.ts';
import {
  ACTIONS,
  actionWord,
  effectOf,
  effectText,
  meterWord,
  THEN,
  thenWord,
  type Effect,
} from '../rules/rule-effect.ts';
import { clearedOf, findRule, matchesOf, MATCH_OPTIONS } from '../rules/rule-options.ts';
import { conditionText, ruleText } from '../rules/rule-text.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';

const TO =
  'where a jump or redirect goes; what snat and dnat translate to, like 203.0.113.5:1024-65535, several by commas; the trace request of trace';
const TRANSFORM = [
  ['--pop-vlan', 'l2-transform, redirect: take the VLAN tag off'],
  ['--push-vlan <number>', 'l2-transform, redirect: put a VLAN tag on'],
  ['--into', 'redirect: into the port, as if it came there; out by it without this'],
  ['--fail-open', 'redirect: a port that is down is passed by'],
] as const;
const LIMIT = ['--limit <packets>', "trace: packets each host writes down, the request's limit by default"] as const;
const METER = ['--meter <name>', 'count what it applies to by this name, see list meters; none for no more'] as const;
const COUNTERS = ['--counters', 'with the packets and bytes it applied to, on all hosts'] as const;
const THEN_HELP = `behind a translation: ${THEN.join(', ')} (accept by default)`;

type CountedRule = RuleDto & { readonly packets: number; readonly bytes: number };

export function addRules(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'rule <chain> [action]',
    summary: `put a rule into a chain: ${ACTIONS.join(', ')}`,
    options: [
      ['--do <action>', 'the action, as in a file'],
      ['--to <what>', TO],
      ['--then <action>', THEN_HELP],
      ...TRANSFORM,
      LIMIT,
      METER,
      ['--position <number>', 'its place, 1 by default: the head'],
      ['--last', 'behind all others'],
      ...MATCH_OPTIONS,
    ],
    examples: [
      'midonet create rule web-in accept --proto tcp --dst-port 80',
      "midonet create rule web-in drop --src 'not 10.0.0.0/8' --last",
      'midonet create rule web-in jump --to common --in-ports web,db',
      'midonet create rule edge-out snat --to 203.0.113.5:1024-65535 --out-ports up',
      'midonet create rule edge-in dnat --to 10.0.0.5:80 --dst 203.0.113.5 --proto tcp --dst-port 8080',
      'midonet create rule edge-in rev-snat --in-ports up',
      'midonet create rule web-in accept --connection return',
      'midonet create rule web-in redirect --to fw --proto tcp --fail-open',
      'midonet create rule web-in trace --to slow-web --proto tcp --limit 20',
      'midonet create rule trunk-in l2-transform --vlan 99 --pop-vlan --push-vlan 10',
    ],
    act: async (session, [chain = '', word], options) => {
      const action = word ?? options.text('do');
      if (action === undefined || (word !== undefined && options.text('do') !== undefined)) {
        throw usageError(`say what the rule does, once: ${ACTIONS.join(', ')}`);
      }
      const { id } = await session.directory.chain(chain);
      const body: RuleBody = { ...(await effect(session, action, options)), ...(await matchesOf(session, options)) };
      const rules = options.flag('last') ? await session.client.chains.rules({ id }) : [];
      const position = options.flag('last') ? rules.length + 1 : positionOf(options);
      session.show(await session.client.chains.createRule({ id, body: { ...body, position } }), (one) => one.id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'rules <chain>',
    summary: 'list the rules of a chain, in order',
    options: [COUNTERS],
    examples: ['midonet list rules web-in', 'midonet list rules web-in --counters'],
    act: async (session, [chain = ''], options) => {
      const { id } = await session.directory.chain(chain);
      const rules = await session.client.chains.rules({ id });
      const names = await idNames(session);
      const shown = (one: RuleDto): string[] => [
        String(one.position),
        session.idText(one.id),
        effectText(one, names),
        conditionText(one, names),
      ];
      const headings = ['POSITION', 'ID', 'ACTION', 'WHEN'];
      if (!options.flag('counters')) {
        session.show(rules, () => table(headings, rules.map(shown), session.width));
        return;
      }
      const counted = await withHits(session, id, rules);
      const rows = counted.map((one) => [String(one.packets), String(one.bytes), ...shown(one)]);
      session.show(counted, () => table(['PACKETS', 'BYTES', ...headings], rows, session.width));
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'rule <rule>',
    summary: 'show a rule, named like web-in:3 or by its id',
    options: [COUNTERS],
    examples: ['midonet show rule web-in:1', 'midonet show rule web-in:1 --counters'],
    act: async (session, [text = ''], options) => {
      const rule = await findRule(session, text);
      const [counted = rule] = options.flag('counters') ? await withHits(session, rule.chainId, [rule]) : [];
      session.show(counted, ({ id, chainId, position, type, natTargets, ...rest }) => {
        const to = natTargets?.map(natTargetText) ?? null;
        return session.fields(describe({ id, chainId, position, type, natTargets: to, ...asked(rest) }));
      });
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'rule <rule>',
    summary: 'change a rule in place, or move it',
    options: [
      ['--action <action>', ACTIONS.join(', ')],
      ['--to <what>', TO],
      ['--then <action>', THEN_HELP],
      ...TRANSFORM,
      LIMIT,
      METER,
      ['--position <number>', 'its new place'],
      ['--clear <tests...>', 'tests to take away, by their names here'],
      ...MATCH_OPTIONS,
    ],
    examples: ['midonet update rule web-in:1 --dst-port 443', 'midonet update rule web-in:3 --position 1 --clear src'],
    act: async (session, [text = ''], options) => {
      const old = await findRule(session, text);
      const { id } = old;
      const action = options.text('action');
      const body: RuleBody = {
        ...clearedOf(options.list('clear') ?? []),
        ...(await (action === undefined ? effectWithin(session, old, options) : effect(session, action, options))),
        ...meterOf(options, old),
        ...(await matchesOf(session, options)),
        position: positionOf(options),
      };
      const changed = await change(session.client.rules, { id }, body);
      const names = await idNames(session);
      session.show(changed, (one) => `${one.position}  ${ruleText(one, names)}`);
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'rule <rules...>',
    summary: 'delete rules, named like web-in:3 or by id',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => findRule(session, text)));
      for (const { id } of found) await session.client.rules.remove({ id });
    },
  });
}

/** Rules with what they applied to; nothing, when no host says so. */
async function withHits(session: Session, chainId: string, rules: readonly RuleDto[]): Promise<CountedRule[]> {
  const hits = new Map((await session.client.chains.ruleHits({ id: chainId })).map((one) => [one.ruleId, one]));
  return rules.map((rule) => {
    const { packets, bytes } = hits.get(rule.id) ?? { packets: 0, bytes: 0 };
    return { ...rule, packets, bytes };
  });
}

function effect(session: Session, text: string, options: Options): Promise<Effect> {
  const action = actionWord(text);
  if (action === undefined) throw usageError(`"${text}" is no action; there is ${ACTIONS.join(', ')}`);
  const words = {
    ...{ to: options.text('to'), then: options.text('then'), pushVlan: options.text('pushVlan') },
    ...{ popVlan: options.flag('popVlan'), into: options.flag('into'), failOpen: options.flag('failOpen') },
    limit: options.text('limit'),
    meter: options.text('meter'),
  };
  const { directory } = session;
  return effectOf(action, words, {
    chain: async (name) => (await directory.chain(name)).id,
    port: async (name) => (await directory.port(name)).id,
    traceRequest: async (name) => (await directory.traceRequest(name)).id,
  });
}

/** A rule that keeps its action, with another target, or another thing to do behind it. */
async function effectWithin(session: Session, old: RuleDto, options: Options): Promise<Partial<Effect>> {
  const [to, then] = [options.text('to'), options.text('then')];
  const within: Partial<Effect> = then === undefined ? {} : { flowAction: thenWord(then) };
  if (then !== undefined && (old.flowAction === null || old.flowAction === 'redirect')) {
    throw usageError('--then goes with a rule that translates or changes tags only');
  }
  if (TRANSFORM.some(([flag]) => isGiven(options, flag))) {
    throw usageError(
      `give the whole: --action ${old.flowAction === 'redirect' ? 'redirect --to …' : 'l2-transform'} too`,
    );
  }
  const limit = options.text('limit');
  if (limit !== undefined) {
    if (old.type !== 'trace') throw usageError('--limit goes with a rule that traces only');
    within.limit = numberArgument('--limit', limit, 1, 1000);
  }
  if (to === undefined) return within;
  if (old.type === 'trace') return { ...within, requestId: (await session.directory.traceRequest(to)).id };
  if (old.flowAction === 'redirect') return { ...within, targetPortId: (await session.directory.port(to)).id };
  if (old.type === 'snat' || old.type === 'dnat') return { ...within, natTargets: natTargetsWord('--to', to) };
  return { ...within, jumpChainId: (await session.directory.chain(to)).id };
}

/** `--pop-vlan` → `popVlan` */
function isGiven(options: Options, flag: string): boolean {
  const name =
    flag
      .split(' ')[0]
      ?.slice(2)
      .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) ?? '';
  return options.flag(name) || options.text(name) !== undefined;
}

/** What is not said stays. */
function meterOf(options: Options, { meterName }: RuleDto): Pick<Effect, 'meterName'> {
  const text = options.text('meter');
  return { meterName: text === undefined ? meterName : meterWord(text) };
}

function positionOf(options: Options): number | undefined {
  const text = options.text('position');
  return text === undefined ? undefined : numberArgument('--position', text, 1, 1_000_000);
}

/** Without the flags and lengths of tests that are not there. */
function asked(rule: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== false && value !== 0));
}
