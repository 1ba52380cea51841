import { StoreError, type Revision, type StoreEvent } from '../store.ts';
import type { Backend } from './backend.ts';

/** The revision that was the current one at `time`; Store.revisionAt. */
export function revisionAt(backend: Backend, time: number, now: number): Revision {
  if (!Number.isFinite(time)) throw new StoreError('invalid', `a time in milliseconds, not ${time}`);
  if (time > now) throw new StoreError('invalid', `${new Date(time).toISOString()} is yet to come`);
  const revision = backend.revisionBefore(Math.floor(time) + 1);
  // When the oldest kept revision was written is forgotten: it may have been after `time`.
  if (revision <= backend.compacted() && backend.compacted() > 0 && time < now) {
    const text = new Date(time).toISOString();
    throw new StoreError('compacted', `${text} is forgotten, the oldest kept is revision ${backend.compacted()}`);
  }
  return revision;
}

/** All that one revision changed; Store.event. */
export function eventOf(backend: Backend, revision: Revision): StoreEvent | undefined {
  if (revision <= backend.compacted()) {
    throw new StoreError('compacted', `revision ${revision} is forgotten, the oldest kept is ${backend.compacted()}`);
  }
  // brand: the revision before it
  return revision > backend.revision() ? undefined : backend.history('', (revision - 1) as Revision, 1)[0];
}
