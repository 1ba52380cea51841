import type { ResyncReason, Topic } from '@midonet/contract';
import { StoreError, type Revision, type StoreEntry, type StoreEvent } from '@midonet/store';
import type { RevisionReads } from './revision-reads.ts';
import { expand, isPrefix, rootsOf, type Interest } from './topics.ts';
import { Waiting, type Review, type Step } from './waiting.ts';

/** Key to stored JSON, or null for what is gone. */
export type Changes = ReadonlyMap<string, string | null>;

export type SubscriptionSink = {
  /** Whether all must be looked at again behind that revision, as the topic itself shows now or no more. */
  turned(revision: Revision): boolean;
  /** What there was at the revision from which somebody goes on. */
  resumed(revision: Revision, items: Changes): void;
  snapshot(revision: Revision, items: Changes): void;
  /** `again`: what did not change and was to be looked at again. */
  delta(revision: Revision, changes: Changes, again: Changes | undefined): void;
  /** The subscription is out of step and has stopped; start a new one. */
  lost(reason: ResyncReason): void;
  /** From now on events that concern it are offered; gives those after `at`, undefined when they are forgotten. */
  interested(interest: Interest, at: Revision): readonly StoreEvent[] | undefined;
  uninterested(interest: Interest): void;
};

export type SubscriptionModules = { readonly reads: RevisionReads; readonly sink: SubscriptionSink };

/** Events that may wait while a subscription loads what an event made it interested in, or goes on where it was. */
const QUEUE_LIMIT = 16_384;
const PAGE = 1000;

/**
 * Follows the closure of one topic: a set of interests that grows and shrinks with what the items
 * say. Everything is read at the revision of the event at hand, so a delta is exactly the difference
 * between two revisions of the closure.
 */
export class Subscription {
  readonly topic: Topic;
  readonly #reads: RevisionReads;
  readonly #sink: SubscriptionSink;
  /** How many items lead to an interest. */
  readonly #interests = new Map<Interest, number>();
  readonly #expansions = new Map<string, readonly Interest[]>();
  readonly #known = new Set<string>();
  readonly #waiting = new Waiting();
  #busy = true;
  #closed = false;
  /** Up to which revision all was handed out. */
  #done = 0 as Revision; // brand: before it starts there was nothing

  constructor(topic: Topic, { reads, sink }: SubscriptionModules) {
    this.topic = topic;
    this.#reads = reads;
    this.#sink = sink;
  }

  /** Up to which revision it is while it is behind; undefined: it is not. */
  get behind(): Revision | undefined {
    return this.#busy || this.#waiting.size > 0 ? this.#done : undefined;
  }

  /** Loads the closure at `revision`, then goes on with what was offered meanwhile. */
  async start(revision: Revision, resume: boolean): Promise<void> {
    const items = new Map<string, string | null>();
    // Whoever subscribes has this object before it may hear that it is lost.
    await Promise.resolve();
    try {
      await this.#settle(this.#acquire(rootsOf(this.topic), revision), revision, items);
      if (this.#closed) return;
      if (resume) this.#sink.resumed(revision, visible(items));
      else this.#sink.snapshot(revision, visible(items));
      this.#done = revision;
      await this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  offer(event: StoreEvent): void {
    if (this.#closed) return;
    if (this.#busy || this.#waiting.size > 0) {
      this.#waiting.addEvent(event);
      this.#bound();
      return;
    }
    const changes = new Map<string, string | null>();
    const additions = this.#apply(event, changes);
    if (additions.length === 0 && !this.#sink.turned(event.revision)) {
      this.#emit(event.revision, changes);
      return;
    }
    this.#begin(async () => {
      await this.#settle(additions, event.revision, changes);
      await this.#finish(event.revision, changes, undefined);
    });
  }

  /** Before the event of that revision is offered, if it is; `proceed` behind it. */
  review(review: Review): void {
    if (this.#closed) return;
    this.#waiting.addReview(review);
    this.#bound();
  }

  proceed(): void {
    if (this.#closed || this.#busy || this.#waiting.size === 0) return;
    this.#begin(() => Promise.resolve());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.clear();
    for (const interest of this.#interests.keys()) this.#sink.uninterested(interest);
    this.#interests.clear();
    this.#known.clear();
    this.#expansions.clear();
  }

  #begin(first: () => Promise<void>): void {
    this.#busy = true;
    first()
      .then(() => this.#drain())
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined && !this.#closed; next = this.#waiting.shift()) {
      await this.#step(next);
    }
    this.#busy = false;
  }

  async #step({ revision, event, things }: Step): Promise<void> {
    const changes = new Map<string, string | null>();
    if (event !== undefined) await this.#settle(this.#apply(event, changes), revision, changes);
    await this.#finish(revision, changes, things);
  }

  async #finish(revision: Revision, changes: Changes, things: Review['things'] | undefined): Promise<void> {
    const turned = !this.#closed && this.#sink.turned(revision);
    const wide = turned ? 'all' : things;
    const again = wide === undefined ? undefined : await this.#lookAgain(wide, revision);
    this.#emit(revision, changes, again);
    this.#done = revision;
  }

  async #lookAgain(things: Review['things'], at: Revision): Promise<Changes> {
    const interests = things === 'all' ? [...this.#interests.keys()] : [...things].filter((one) => this.#holds(one));
    const items = new Map<string, string | null>();
    for (const interest of interests) {
      for await (const { key, value } of this.#read(interest, at)) if (this.#known.has(key)) items.set(key, value);
    }
    return visible(items);
  }

  #holds(thing: string): boolean {
    return isPrefix(thing) ? this.#covers(thing) : this.#known.has(thing);
  }

  #bound(): void {
    if (this.#waiting.size > QUEUE_LIMIT) this.#lose('overflow');
  }

  #emit(revision: Revision, changes: Changes, again?: Changes): void {
    if (this.#closed) return;
    const shown = visible(changes);
    if (shown.size > 0 || again !== undefined) this.#sink.delta(revision, shown, again);
  }

  #apply(event: StoreEvent, changes: Map<string, string | null>): Interest[] {
    const additions: Interest[] = [];
    for (const change of event.changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      if (!this.#covers(key)) continue;
      const value = change.kind === 'put' ? change.entry.value : null;
      additions.push(...this.#take(key, value, event.revision, changes));
    }
    return additions;
  }

  /** Loads new interests, and what these lead to, until nothing new turns up. */
  async #settle(additions: Interest[], at: Revision, changes: Map<string, string | null>): Promise<void> {
    for (let interest = additions.pop(); interest !== undefined; interest = additions.pop()) {
      if (this.#closed) return;
      if (!this.#interests.has(interest)) continue;
      for await (const { key, value } of this.#read(interest, at)) {
        additions.push(...this.#take(key, value, at, changes));
      }
    }
  }

  async *#read(interest: Interest, at: Revision): AsyncGenerator<StoreEntry> {
    if (!isPrefix(interest)) {
      const entry = await this.#reads.get(interest, at);
      if (entry !== undefined) yield entry;
      return;
    }
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await this.#reads.page(interest, at, PAGE, after);
      yield* page.entries;
      after = page.entries.at(-1)?.key;
      more = page.more && after !== undefined;
    }
  }

  /** Notes an item's new value; returns interests that must be loaded now. */
  #take(key: string, value: string | null, at: Revision, changes: Map<string, string | null>): Interest[] {
    if (this.#closed) return [];
    const before = this.#expansions.get(key) ?? [];
    const after = value === null ? [] : expand(this.topic, key, value);
    if (value === null) {
      if (this.#known.delete(key)) changes.set(key, null);
    } else {
      this.#known.add(key);
      changes.set(key, value);
    }
    if (after.length > 0) this.#expansions.set(key, after);
    else this.#expansions.delete(key);
    // Acquire before releasing: what stays must not be dropped and sent again.
    const additions = this.#acquire(after, at);
    for (const interest of before) this.#release(interest, at, changes);
    return additions;
  }

  #acquire(interests: readonly Interest[], at: Revision): Interest[] {
    const additions: Interest[] = [];
    for (const interest of interests) {
      if (this.#closed) return [];
      const count = this.#interests.get(interest) ?? 0;
      this.#interests.set(interest, count + 1);
      if (count > 0) continue;
      additions.push(interest);
      const missed = this.#sink.interested(interest, at);
      if (missed === undefined) {
        this.#lose('compacted');
        return [];
      }
      // These happened before there was interest in them, and after what is being loaded.
      this.#waiting.mergeEvents(missed);
      this.#bound();
    }
    return additions;
  }

  #release(interest: Interest, at: Revision, changes: Map<string, string | null>): void {
    const count = this.#interests.get(interest) ?? 0;
    if (count > 1) {
      this.#interests.set(interest, count - 1);
      return;
    }
    this.#interests.delete(interest);
    this.#sink.uninterested(interest);
    const gone = isPrefix(interest) ? [...this.#known].filter((key) => key.startsWith(interest)) : [interest];
    for (const key of gone) {
      if (this.#known.has(key) && !this.#covers(key)) this.#take(key, null, at, changes);
    }
  }

  #covers(key: string): boolean {
    if (this.#interests.has(key)) return true;
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      if (this.#interests.has(key.slice(0, at + 1))) return true;
    }
    return false;
  }

  #fail(error: unknown): void {
    if (error instanceof StoreError && error.code === 'closed') this.close();
    else this.#lose(error instanceof StoreError && error.code === 'compacted' ? 'compacted' : 'restarted');
  }

  #lose(reason: ResyncReason): void {
    if (this.#closed) return;
    this.close();
    this.#sink.lost(reason);
  }
}

function visible(changes: Changes): Changes {
  return new Map([...changes].filter(([key]) => !key.startsWith('index/')));
}
