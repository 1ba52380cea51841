import type { Topic } from '@midonet/contract';
import { StoreError, type Revision, type StoreEntry, type StoreEvent } from '@midonet/store';
import type { RevisionReads } from './revision-reads.ts';
import { expand, isPrefix, rootsOf, type Interest } from './topics.ts';

/** Key to stored JSON, or null for what is gone. */
export type Changes = ReadonlyMap<string, string | null>;

export type ResyncReason = 'compacted' | 'overflow' | 'restarted';

export type SubscriptionSink = {
  /** What must be looked at again when these show or not by something else: all of it when the topic itself does. */
  again(things: ReadonlySet<string>): ReadonlySet<string> | 'all';
  /** As it is at `revision`, what was to be looked at again. */
  reviewed(revision: Revision, items: Changes): void;
  snapshot(revision: Revision, items: Changes): void;
  delta(revision: Revision, changes: Changes): void;
  /** The subscription is out of step and has stopped; start a new one. */
  lost(reason: ResyncReason): void;
  /** From now on events that concern it are offered; gives those after `at`, undefined when they are forgotten. */
  interested(interest: Interest, at: Revision): readonly StoreEvent[] | undefined;
  uninterested(interest: Interest): void;
};

export type SubscriptionModules = { readonly reads: RevisionReads; readonly sink: SubscriptionSink };

/** What waits for its turn: by revision, an event before what it made look again. */
type Waiting =
  | { readonly kind: 'event'; readonly revision: Revision; readonly event: StoreEvent }
  | { readonly kind: 'review'; readonly revision: Revision; readonly things: ReadonlySet<string> | 'all' };

/** Events that may wait while a subscription loads what an event made it interested in. */
const QUEUE_LIMIT = 4096;
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
  readonly #queue: Waiting[] = [];
  #busy = true;
  #closed = false;

  constructor(topic: Topic, { reads, sink }: SubscriptionModules) {
    this.topic = topic;
    this.#reads = reads;
    this.#sink = sink;
  }

  /** Loads the closure at `revision`, then goes on with what was offered meanwhile. */
  async start(revision: Revision, resume: boolean): Promise<void> {
    const items = new Map<string, string | null>();
    // Whoever subscribes has this object before it may hear that it is lost.
    await Promise.resolve();
    try {
      await this.#settle(this.#acquire(rootsOf(this.topic), revision), revision, items);
      if (this.#closed) return;
      if (!resume) this.#sink.snapshot(revision, visible(items));
      await this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  offer(event: StoreEvent): void {
    if (this.#closed) return;
    if (this.#busy) {
      this.#wait({ kind: 'event', revision: event.revision, event });
      return;
    }
    const changes = new Map<string, string | null>();
    const additions = this.#apply(event, changes);
    if (additions.length === 0) {
      this.#emit(event.revision, changes);
      return;
    }
    this.#busy = true;
    void this.#settle(additions, event.revision, changes)
      .then(() => {
        this.#emit(event.revision, changes);
        return this.#drain();
      })
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  /** Other things may be shown to whoever reads this, behind the event of that revision. */
  review(things: ReadonlySet<string> | 'all', revision: Revision): void {
    if (this.#closed) return;
    this.#wait({ kind: 'review', revision, things });
    if (this.#busy || this.#isClosed()) return;
    this.#busy = true;
    this.#drain().catch((error: unknown) => {
      this.#fail(error);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.length = 0;
    for (const interest of this.#interests.keys()) this.#sink.uninterested(interest);
    this.#interests.clear();
    this.#known.clear();
    this.#expansions.clear();
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined && !this.#closed; next = this.#queue.shift()) {
      if (next.kind === 'review') {
        await this.#lookAgain(next.things, next.revision);
        continue;
      }
      const changes = new Map<string, string | null>();
      await this.#settle(this.#apply(next.event, changes), next.revision, changes);
      this.#emit(next.revision, changes);
    }
    this.#busy = false;
  }

  async #lookAgain(things: ReadonlySet<string> | 'all', at: Revision): Promise<void> {
    const keys = things === 'all' ? things : this.#sink.again(things);
    const interests = keys === 'all' ? [...this.#interests.keys()] : [...keys].filter((key) => this.#known.has(key));
    const items = new Map<string, string | null>();
    for (const interest of interests) {
      for await (const { key, value } of this.#read(interest, at)) if (this.#known.has(key)) items.set(key, value);
    }
    const shown = visible(items);
    if (!this.#isClosed() && shown.size > 0) this.#sink.reviewed(at, shown);
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #wait(one: Waiting): void {
    if (this.#queue.push(one) > QUEUE_LIMIT) this.#lose('overflow');
  }

  #emit(revision: Revision, changes: Changes): void {
    if (this.#closed) return;
    const shown = visible(changes);
    if (shown.size > 0) this.#sink.delta(revision, shown);
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
      this.#catchUp(missed);
    }
    return additions;
  }

  /** These happened before there was interest in them, and after what is being loaded. */
  #catchUp(missed: readonly StoreEvent[]): void {
    if (missed.length === 0) return;
    const waiting = new Set(this.#queue.flatMap(({ kind, revision }) => (kind === 'event' ? [revision] : [])));
    for (const event of missed) {
      const { revision } = event;
      if (!waiting.has(revision)) this.#queue.push({ kind: 'event', revision, event });
    }
    const rank = ({ kind }: Waiting): number => (kind === 'event' ? 0 : 1);
    this.#queue.sort((a, b) => a.revision - b.revision || rank(a) - rank(b));
    if (this.#queue.length > QUEUE_LIMIT) this.#lose('overflow');
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
