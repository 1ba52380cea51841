import type { StateDir } from '../../host/state-dir.ts';

const FILE = 'exchange-epoch';

/**
 * The number of this run of the agent: higher than every earlier one of the same state folder, also
 * when the clock was set back. `wallNow` is in ms since 1970.
 */
export function nextEpoch(state: StateDir, wallNow: number): number {
  const before = Number(state.read(FILE) ?? 0);
  const epoch = Math.max(Math.floor(wallNow), (Number.isSafeInteger(before) ? before : 0) + 1);
  state.write(FILE, String(epoch));
  return epoch;
}
