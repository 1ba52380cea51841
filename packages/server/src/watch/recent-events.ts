import type { Revision, StoreEvent } from '@midonet/store';
import type { Interest } from './topics.ts';

/** Events kept for those who come back after a short absence. */
const KEPT = 10_000;

/**
 * The latest events, found by what they concern: whoever comes back, or becomes interested in something while it is
 * behind, is given the few events of its own and does not look at all the others.
 */
export class RecentEvents {
  #events: { readonly event: StoreEvent; readonly interests: readonly Interest[] }[] = [];
  #byInterest = new Map<Interest, StoreEvent[]>();
  /** Everything after this revision is here. */
  #start = 0 as Revision; // brand: a store starts at revision 0

  /** Behind which revision all events are here. */
  get start(): Revision {
    return this.#start;
  }

  all(): readonly StoreEvent[] {
    return this.#events.map(({ event }) => event);
  }

  /** Forgets everything; the next event is the first after `since`. */
  reset(since: Revision): void {
    this.#events = [];
    this.#byInterest = new Map();
    this.#start = since;
  }

  /** The keys that the event changes and all prefixes of these, as `interestsOf` gives them. */
  add(event: StoreEvent, interests: readonly Interest[]): void {
    this.#events.push({ event, interests });
    for (const interest of interests) {
      const events = this.#byInterest.get(interest);
      if (events === undefined) this.#byInterest.set(interest, [event]);
      else events.push(event);
    }
    if (this.#events.length > KEPT) this.#forget(KEPT / 10);
  }

  /** What concerned `interest` after `revision`, oldest first; undefined when that is too long ago. */
  after(revision: Revision, interest: Interest): readonly StoreEvent[] | undefined {
    if (revision < this.#start) return undefined;
    const events = this.#byInterest.get(interest);
    return events?.slice(firstAfter(events, revision)) ?? [];
  }

  #forget(count: number): void {
    const dropped = this.#events.splice(0, count);
    this.#start = dropped.at(-1)?.event.revision ?? this.#start;
    for (const interest of new Set(dropped.flatMap(({ interests }) => interests))) {
      const events = this.#byInterest.get(interest) ?? [];
      const kept = events.slice(firstAfter(events, this.#start));
      if (kept.length === 0) this.#byInterest.delete(interest);
      else this.#byInterest.set(interest, kept);
    }
  }
}

/** What may be interested in an event: the keys that it changes and all their prefixes, each once. */
export function interestsOf({ changes }: StoreEvent): Interest[] {
  const interests = new Set<Interest>();
  for (const change of changes) {
    const key = change.kind === 'put' ? change.entry.key : change.key;
    interests.add(key);
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) interests.add(key.slice(0, at + 1));
  }
  return [...interests];
}

/** Where those after `revision` begin. */
function firstAfter(events: readonly StoreEvent[], revision: Revision): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.revision ?? Infinity) > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}
