import type { StateDir } from '../../host/state-dir.ts';

const FILE = 'exchange-epoch';

export type Epoch = {
  /** Higher than every earlier one of the same state folder, also when the clock was set back. */
  readonly number: number;
  /** No run before this one told anybody anything. */
  readonly isFirst: boolean;
};

/** Which run of the agent this is. `wallNow` is in ms since 1970. */
export function nextEpoch(state: StateDir, wallNow: number): Epoch {
  const text = state.read(FILE);
  const before = Number(text ?? 0);
  const number = Math.max(Math.floor(wallNow), (Number.isSafeInteger(before) ? before : 0) + 1);
  state.write(FILE, String(number));
  return { number, isFirst: text === undefined };
}
