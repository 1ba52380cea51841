import type { RuleDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';
import type { NameOf } from '../trace/render.ts';
import { natTargetsWord, natTargetText, type NatTargetWords } from './nat-words.ts';

/** What a rule does: the part of it that is no test, in the form of the wire. */
export type Effect = Pick<RuleDto, 'type' | 'jumpChainId' | 'flowAction' | 'natTargets'>;

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
} as const satisfies Readonly<Record<string, RuleDto['type']>>;
export type Action = keyof typeof TYPES;
export const ACTIONS = Object.keys(TYPES) as Action[]; // the keys of the line above

export function actionWord(text: string): Action | undefined {
  return ACTIONS.find((one) => one === text);
}

export const THEN = ['accept', 'continue', 'return'] as const;

/** Words of a rule beside its action; `to` is a chain for jump, what is translated to for snat and dnat. */
export type EffectWords = { readonly to?: string | undefined; readonly then?: string | undefined };

/** Throws a usage error that names the word that is missing, too many or not understood. */
export async function effectOf(
  action: Action,
  { to, then }: EffectWords,
  chain: (name: string) => Promise<string>,
): Promise<Effect> {
  const type = TYPES[action];
  const nat = type === 'snat' || type === 'dnat' || type === 'rev_snat' || type === 'rev_dnat';
  if (then !== undefined && !nat)
    throw usageError(`${action}: "then" goes with snat, dnat, rev-snat and rev-dnat only`);
  const flowAction = nat ? thenWord(then ?? 'accept') : null;
  const nothing = { jumpChainId: null, natTargets: null };
  if (type === 'jump' || type === 'snat' || type === 'dnat') {
    if (to === undefined) throw usageError(`${action}: needs "to", ${type === 'jump' ? 'a chain' : EXAMPLE}`);
    if (type === 'jump') return { ...nothing, type, flowAction, jumpChainId: await chain(to) };
    return { ...nothing, type, flowAction, natTargets: natTargetsWord('to', to) };
  }
  if (to !== undefined) throw usageError(`${action}: "to" goes with jump, snat and dnat only`);
  return { ...nothing, type, flowAction };
}

const EXAMPLE = 'an address or range like 203.0.113.5:1024-65535';

export function thenWord(text: string): (typeof THEN)[number] {
  const found = THEN.find((one) => one === text);
  if (found === undefined) throw usageError(`then: "${text}" is none of ${THEN.join(', ')}`);
  return found;
}

/** `jump common`, `snat to 203.0.113.5:1024-65535`, `rev-snat then continue`: in the words in which it can be written. */
export function effectText({ type, jumpChainId, flowAction, natTargets }: Effect, nameOf: NameOf): string {
  const action = ACTIONS.find((one) => TYPES[one] === type) ?? type;
  const then = flowAction === null || flowAction === 'accept' ? '' : ` then ${flowAction}`;
  if (type === 'jump') return `jump ${nameOf(jumpChainId ?? '')}`;
  if (natTargets === null) return `${action}${then}`;
  return `${action} to ${targetsText(natTargets)}${then}`;
}

function targetsText(targets: readonly NatTargetWords[]): string {
  return targets.map(natTargetText).join(',');
}
