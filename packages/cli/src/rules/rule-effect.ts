import type { RuleDto } from '@midonet/contract';
import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import type { NameOf } from '../trace/render.ts';
import type { NameResolver } from './rule-body.ts';
import { natTargetsWord, natTargetText, type NatTargetWords } from './nat-words.ts';

/** What a rule does: the part of it that is no test, in the form of the wire. */
export type Effect = Pick<
  RuleDto,
  'type' | 'jumpChainId' | 'flowAction' | 'natTargets' | 'meterName' | keyof Transform | keyof Tracing
>;

/** Of a rule that changes tags or redirects; of others it says nothing. */
type Transform = Pick<RuleDto, 'popVlan' | 'pushVlan' | 'targetPortId' | 'ingress' | 'failOpen'>;
const NO_TRANSFORM: Transform = { popVlan: false, pushVlan: 0, targetPortId: null, ingress: false, failOpen: false };

/** Of a rule that traces. */
type Tracing = Pick<RuleDto, 'requestId' | 'limit'>;
const NO_TRACING: Tracing = { requestId: null, limit: null };
const MOST_PACKETS = 1000;

/** The actions as people write them, with MidoNet's names for them. */
const TYPES = {
  accept: 'accept',
  drop: 'drop',
  reject: 'reject',
  return: 'return',
  jump: 'jump',
  snat: 'snat',
  dnat: 'dnat',
  'rev-snat': 'rev_snat',
  'rev-dnat': 'rev_dnat',
  'l2-transform': 'l2_transform',
  redirect: 'l2_transform',
  trace: 'trace',
} as const satisfies Readonly<Record<string, RuleDto['type']>>;
export type Action = keyof typeof TYPES;
export const ACTIONS = Object.keys(TYPES) as Action[]; // the keys of the line above

export function actionWord(text: string): Action | undefined {
  return ACTIONS.find((one) => one === text);
}

export const THEN = ['accept', 'continue', 'return'] as const;

/**
 * Words of a rule beside its action; `to` is a chain for jump, what is translated to for snat and dnat, a
 * port for redirect, a trace request for trace.
 */
export type EffectWords = {
  readonly to?: string | undefined;
  readonly then?: string | undefined;
  readonly popVlan?: boolean | undefined;
  readonly pushVlan?: string | undefined;
  readonly into?: boolean | undefined;
  readonly failOpen?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly meter?: string | undefined;
};

type Names = Pick<NameResolver, 'chain' | 'port' | 'traceRequest'>;

/** Throws a usage error that names the word that is missing, too many or not understood. */
export async function effectOf(action: Action, words: EffectWords, names: Names): Promise<Effect> {
  return { ...(await unmeteredOf(action, words, names)), meterName: meterWord(words.meter) };
}

/** `none` says that nothing counts it by a name. */
export function meterWord(text: string | undefined): string | null {
  return text === undefined || text === 'none' ? null : text;
}

type Unmetered = Omit<Effect, 'meterName'>;

async function unmeteredOf(action: Action, words: EffectWords, names: Names): Promise<Unmetered> {
  const { to, then } = words;
  const type = TYPES[action];
  if (words.limit !== undefined && action !== 'trace') throw usageError(`${action}: "limit" goes with trace only`);
  if (action === 'redirect' || action === 'l2-transform') return transformOf(action, words, names);
  const misplaced = TRANSFORM_WORDS.find(([word]) => words[word] !== undefined && words[word] !== false);
  if (misplaced !== undefined) throw usageError(`${action}: "${misplaced[1]}" goes with ${misplaced[2]} only`);
  const nat = type === 'snat' || type === 'dnat' || type === 'rev_snat' || type === 'rev_dnat';
  if (then !== undefined && !nat)
    throw usageError(`${action}: "then" goes with snat, dnat, rev-snat, rev-dnat and l2-transform only`);
  const flowAction = nat ? thenWord(then ?? 'accept') : null;
  const nothing = { jumpChainId: null, natTargets: null, ...NO_TRANSFORM, ...NO_TRACING };
  if (type === 'trace') {
    if (to === undefined) throw usageError('trace: needs "to", a trace request');
    const limit = words.limit === undefined ? MOST_PACKETS : numberArgument('limit', words.limit, 1, MOST_PACKETS);
    return { ...nothing, type, flowAction, requestId: await names.traceRequest(to), limit };
  }
  if (type === 'jump' || type === 'snat' || type === 'dnat') {
    if (to === undefined) throw usageError(`${action}: needs "to", ${type === 'jump' ? 'a chain' : EXAMPLE}`);
    if (type === 'jump') return { ...nothing, type, flowAction, jumpChainId: await names.chain(to) };
    return { ...nothing, type, flowAction, natTargets: natTargetsWord('to', to) };
  }
  if (to !== undefined) throw usageError(`${action}: "to" goes with jump, snat, dnat, redirect and trace only`);
  return { ...nothing, type, flowAction };
}

const TRANSFORM_WORDS = [
  ['popVlan', 'pop-vlan', 'l2-transform and redirect'],
  ['pushVlan', 'push-vlan', 'l2-transform and redirect'],
  ['into', 'into', 'redirect'],
  ['failOpen', 'fail-open', 'redirect'],
] as const;

async function transformOf(
  action: 'redirect' | 'l2-transform',
  { to, then, popVlan = false, pushVlan, into = false, failOpen = false }: EffectWords,
  names: Names,
): Promise<Unmetered> {
  const push = pushVlan === undefined ? 0 : numberArgument('push-vlan', pushVlan, 1, 4094);
  const nothing = { jumpChainId: null, natTargets: null, ...NO_TRACING } as const;
  const tags = { ...nothing, type: 'l2_transform', popVlan, pushVlan: push } as const;
  if (action === 'l2-transform') {
    if (to !== undefined || into || failOpen)
      throw usageError('l2-transform: "to", "into" and "fail-open" go with redirect');
    if (!popVlan && push === 0) throw usageError('l2-transform: needs pop-vlan, push-vlan or both');
    const flowAction = thenWord(then ?? 'accept');
    return { ...tags, flowAction, targetPortId: null, ingress: false, failOpen: false };
  }
  if (then !== undefined) throw usageError('redirect: "then" goes with l2-transform: nothing comes behind it');
  if (to === undefined) throw usageError('redirect: needs "to", a port');
  return { ...tags, flowAction: 'redirect', targetPortId: await names.port(to), ingress: into, failOpen };
}

const EXAMPLE = 'an address or range like 203.0.113.5:1024-65535';

export function thenWord(text: string): (typeof THEN)[number] {
  const found = THEN.find((one) => one === text);
  if (found === undefined) throw usageError(`then: "${text}" is none of ${THEN.join(', ')}`);
  return found;
}

/** `jump common`, `snat to 203.0.113.5:1024-65535`, `rev-snat then continue`: in the words in which it can be written. */
export function effectText(effect: Effect, nameOf: NameOf): string {
  const meter = effect.meterName === null ? '' : ` meter ${effect.meterName}`;
  return `${unmeteredText(effect, nameOf)}${meter}`;
}

function unmeteredText(effect: Unmetered, nameOf: NameOf): string {
  const { type, jumpChainId, flowAction, natTargets } = effect;
  if (type === 'l2_transform') return transformText(effect, nameOf);
  const action = ACTIONS.find((one) => TYPES[one] === type) ?? type;
  const then = flowAction === null || flowAction === 'accept' ? '' : ` then ${flowAction}`;
  if (type === 'jump') return `jump ${nameOf(jumpChainId ?? '')}`;
  if (type === 'trace') {
    const limit = effect.limit === null || effect.limit >= MOST_PACKETS ? '' : ` limit ${effect.limit}`;
    return `trace to ${nameOf(effect.requestId ?? '')}${limit}`;
  }
  if (natTargets === null) return `${action}${then}`;
  return `${action} to ${targetsText(natTargets)}${then}`;
}

function transformText(effect: Unmetered, nameOf: NameOf): string {
  const { flowAction, popVlan, pushVlan, targetPortId, ingress, failOpen } = effect;
  const tags = [...(popVlan ? ['pop-vlan'] : []), ...(pushVlan === 0 ? [] : [`push-vlan ${pushVlan}`])];
  if (flowAction !== 'redirect') {
    const then = flowAction === null || flowAction === 'accept' ? [] : [`then ${flowAction}`];
    return ['l2-transform', ...tags, ...then].join(' ');
  }
  const how = [...(ingress ? ['into'] : []), ...(failOpen ? ['fail-open'] : [])];
  return ['redirect to', nameOf(targetPortId ?? ''), ...how, ...tags].join(' ');
}

function targetsText(targets: readonly NatTargetWords[]): string {
  return targets.map(natTargetText).join(',');
}
