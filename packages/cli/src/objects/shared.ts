import type { Options } from '../verbs.ts';

/** Of bridges and routers, for administrators. */
export const SHARED_OPTIONS = [
  ['--shared', 'every tenant may look at it'],
  ['--not-shared', 'only its owner, and tenants linked to it when it has none, may look at it'],
] as const;

export function sharedBody(options: Options): { shared?: boolean } {
  if (options.flag('shared')) return { shared: true };
  return options.flag('notShared') ? { shared: false } : {};
}

/** `up`, `down`, with what else there is to know at a glance. */
export function stateText(one: {
  adminStateUp: boolean;
  readOnly: boolean;
  shared?: boolean;
  active?: boolean;
}): string {
  const up = one.active === true ? 'active' : 'up';
  const marks = [one.shared === true && 'shared', one.readOnly && 'read-only'].filter((mark) => mark !== false);
  return [one.adminStateUp ? up : 'down', ...marks].join(', ');
}

/** What the caller may only look at is in no file of theirs. */
export function changeable<T extends { readonly readOnly: boolean }>(all: readonly T[]): readonly T[] {
  return all.filter(({ readOnly }) => !readOnly);
}
