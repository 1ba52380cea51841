import type { Revision, StoreEvent } from '@midonet/store';

/** What may show now to who sees a part only, or no more, by the event of that revision. */
export type Review = { readonly revision: Revision; readonly things: ReadonlySet<string> | 'all' };

/** All that one revision is for a subscription. */
export type Step = {
  readonly revision: Revision;
  readonly event: StoreEvent | undefined;
  readonly things: Review['things'] | undefined;
};

/** What waits for its turn, by revision: what there is at one is one step. */
export class Waiting {
  #events: StoreEvent[] = [];
  /** Where those that were not taken yet begin. */
  #next = 0;
  readonly #reviews: Review[] = [];

  get size(): number {
    return this.#events.length - this.#next + this.#reviews.length;
  }

  /** Later than all that wait. */
  addEvent(event: StoreEvent): void {
    this.#events.push(event);
  }

  /** Not earlier than those that wait. */
  addReview(review: Review): void {
    this.#reviews.push(review);
  }

  /** These in their order, some of which may wait already. */
  mergeEvents(missed: readonly StoreEvent[]): void {
    if (missed.length === 0) return;
    const merged = new Map([...missed, ...this.#events.slice(this.#next)].map((event) => [event.revision, event]));
    this.#events = [...merged.values()].sort((a, b) => a.revision - b.revision);
    this.#next = 0;
  }

  shift(): Step | undefined {
    const [event, review] = [this.#events[this.#next], this.#reviews[0]];
    const revision = Math.min(event?.revision ?? Infinity, review?.revision ?? Infinity) as Revision; // brand: one of these
    if (event === undefined && review === undefined) return undefined;
    let things: Review['things'] | undefined;
    while (this.#reviews[0]?.revision === revision) things = joined(things, this.#reviews.shift()?.things);
    if (event?.revision !== revision) return { revision, event: undefined, things };
    if (++this.#next === this.#events.length) this.#clearEvents();
    return { revision, event, things };
  }

  clear(): void {
    this.#clearEvents();
    this.#reviews.length = 0;
  }

  #clearEvents(): void {
    this.#events = [];
    this.#next = 0;
  }
}

function joined(a: Review['things'] | undefined, b: Review['things'] | undefined): Review['things'] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b]);
}
