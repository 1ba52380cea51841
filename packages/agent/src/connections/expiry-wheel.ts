import { LONGEST_LIFETIME } from './connection-lifetimes.ts';
import { EntryLists } from './entry-lists.ts';

const TICK = 1000;
/** A power of two, longer than any lifetime: every deadline has a slot of its own turn. */
const SLOTS = 2 ** Math.ceil(Math.log2(LONGEST_LIFETIME / TICK + 2));

/** Entries by the second in which they are to be looked at. */
export class ExpiryWheel {
  readonly #lists: EntryLists;
  /** Every entry of the ticks before this one was looked at. */
  #tick: number;

  constructor(capacity: number, now: number) {
    this.#lists = new EntryLists(capacity);
    this.#tick = Math.floor(now / TICK);
  }

  /** Looks at `entry` within a second after `deadline`, at the next turn when that is past. */
  set(entry: number, deadline: number): void {
    const tick = Math.max(Math.floor(deadline / TICK) + 1, this.#tick);
    this.#lists.push(tick % SLOTS, entry);
  }

  remove(entry: number): void {
    this.#lists.remove(entry);
  }

  /** An entry whose time has come; it stays due until it is set anew or removed. 0 when there is none. */
  due(now: number): number {
    const last = Math.floor(now / TICK);
    // After a long sleep one turn of the wheel meets everything.
    this.#tick = Math.max(this.#tick, last - SLOTS);
    for (; this.#tick <= last; this.#tick++) {
      const entry = this.#lists.head(this.#tick % SLOTS);
      if (entry !== 0) return entry;
    }
    return 0;
  }
}
