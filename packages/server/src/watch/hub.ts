import type { Topic } from '@midonet/contract';
import { StoreError, type Revision, type Store, type StoreEvent } from '@midonet/store';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { RevisionReads } from './revision-reads.ts';
import { QUEUE_LIMIT, Subscription, type Changes, type ResyncReason } from './subscription.ts';
import type { Interest } from './topics.ts';

export type TopicSink = {
  snapshot(revision: Revision, items: Changes): void;
  delta(revision: Revision, changes: Changes): void;
  lost(reason: ResyncReason): void;
};

/** Sees every event before those who subscribed. */
export type HubObserver = {
  onEvent(event: StoreEvent): void;
  /** Events were missed. */
  onGap(): void;
};

export type HubModules = { readonly store: Store; readonly logger: Logger; readonly clock: Clock };

/** Events kept in memory for subscribers that come back after a short absence. */
const HISTORY = 10_000;

/** A store that cannot be watched now (etcd without a majority) is tried again. */
const RETRY_MS = 500;

/**
 * One watch of the store serves all subscriptions. An event costs a few map look-ups per changed
 * key plus the work of those who hold it, however many others there are.
 */
export class WatchHub {
  readonly #store: Store;
  readonly #reads: RevisionReads;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #byInterest = new Map<Interest, Set<Subscription>>();
  readonly #all = new Map<Subscription, TopicSink>();
  readonly #loading = new Set<Subscription>();
  readonly #observers = new Set<HubObserver>();
  /** Recent events, oldest first; contiguous from #historyStart (exclusive). */
  #history: StoreEvent[] = [];
  #historyStart = 0;
  #revision = 0 as Revision; // brand: a store starts at revision 0
  #waiting: { readonly for: Revision; readonly resolve: () => void }[] = [];
  #stop: (() => void) | undefined;
  #closed = false;

  constructor({ store, logger, clock }: HubModules) {
    this.#store = store;
    this.#reads = new RevisionReads(store);
    this.#logger = logger;
    this.#clock = clock;
  }

  /** The revision up to which everything was handed out. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Starts a little in the past, so that agents which survived a restart of this controller resume. */
  async start(): Promise<void> {
    const now = await this.#store.revision();
    const past = Math.max(0, now - HISTORY / 2) as Revision; // brand: a smaller revision is one
    try {
      await this.#follow(past);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'compacted')) throw error;
      await this.#follow(now);
    }
    // Whoever subscribes starts from here: nothing older may still be on its way.
    await this.#reaching(now);
  }

  /**
   * Resolves when all that was committed before this call has been handed out: whoever comes from
   * another controller is not shown an older state than it saw there. Rejects while the store does not answer.
   */
  async caughtUp(): Promise<void> {
    await this.#reaching(await this.#store.revision());
  }

  observe(observer: HubObserver): void {
    this.#observers.add(observer);
  }

  subscribe(topic: Topic, sink: TopicSink, since?: number): Subscription {
    const subscription: Subscription = new Subscription(topic, {
      reads: this.#reads,
      sink: {
        snapshot: (revision, items) => {
          sink.snapshot(revision, items);
        },
        delta: (revision, changes) => {
          sink.delta(revision, changes);
        },
        loading: (active) => {
          if (active) this.#loading.add(subscription);
          else this.#loading.delete(subscription);
        },
        lost: (reason) => {
          this.#all.delete(subscription);
          sink.lost(reason);
        },
        interested: (interest) => {
          const set = this.#byInterest.get(interest) ?? new Set();
          this.#byInterest.set(interest, set.add(subscription));
        },
        uninterested: (interest) => {
          const set = this.#byInterest.get(interest);
          set?.delete(subscription);
          if (set?.size === 0) this.#byInterest.delete(interest);
        },
      },
    });
    this.#all.set(subscription, sink);
    this.#loading.add(subscription);
    if (since === undefined) {
      void subscription.start(this.#revision, false);
      return subscription;
    }
    const missed = this.#missedSince(since);
    if (missed === undefined) {
      queueMicrotask(() => {
        if (!this.#all.has(subscription)) return;
        this.unsubscribe(subscription);
        sink.lost('compacted');
      });
      return subscription;
    }
    for (const event of missed) subscription.offer(event);
    void subscription.start(since as Revision, true); // brand: between two revisions of this store
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    this.#all.delete(subscription);
    subscription.close();
  }

  /** Undefined when that is too long ago, more than a snapshot is worth, or another store's revision. */
  #missedSince(since: number): readonly StoreEvent[] | undefined {
    if (since < this.#historyStart || since > this.#revision) return undefined;
    const first = this.#history.findIndex(({ revision }) => revision > since);
    const missed = first < 0 ? [] : this.#history.slice(first);
    return missed.length > QUEUE_LIMIT ? undefined : missed;
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    for (const subscription of this.#all.keys()) subscription.close();
    this.#all.clear();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  async #follow(since: Revision): Promise<void> {
    this.#history = [];
    this.#historyStart = since;
    this.#reached(since);
    this.#stop = await this.#store.watch('', since, {
      onEvent: (event) => {
        this.#dispatch(event);
      },
      onEnd: (reason) => {
        if (this.#closed || reason === 'closed') return;
        this.#logger.warn({ reason }, 'the store ended the watch: everybody resyncs');
        void this.#restart();
      },
    });
  }

  async #restart(): Promise<void> {
    try {
      await this.#follow(await this.#store.revision());
    } catch (error) {
      if (this.#closed) return;
      this.#logger.error({ err: error }, 'cannot watch the store; trying again');
      this.#clock.schedule(RETRY_MS, () => void this.#restart());
      return;
    }
    for (const observer of this.#observers) observer.onGap();
    for (const [subscription, sink] of [...this.#all]) {
      this.unsubscribe(subscription);
      sink.lost('restarted');
    }
  }

  async #reaching(revision: Revision): Promise<void> {
    if (this.#revision >= revision || this.#closed) return;
    await new Promise<void>((resolve) => this.#waiting.push({ for: revision, resolve }));
  }

  #reached(revision: Revision): void {
    this.#revision = revision;
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((one) => one.for <= revision);
    this.#waiting = this.#waiting.filter((one) => one.for > revision);
    for (const { resolve } of due) resolve();
  }

  #dispatch(event: StoreEvent): void {
    this.#reached(event.revision);
    this.#history.push(event);
    if (this.#history.length > HISTORY) {
      const dropped = this.#history.splice(0, HISTORY / 10).at(-1);
      if (dropped !== undefined) this.#historyStart = dropped.revision;
    }
    for (const observer of this.#observers) observer.onEvent(event);
    const interested = new Set<Subscription>();
    for (const change of event.changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      this.#collect(key, interested);
      for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
        this.#collect(key.slice(0, at + 1), interested);
      }
    }
    // Those that are loading take everything; there are few of them at any time.
    for (const subscription of this.#loading) interested.add(subscription);
    for (const subscription of interested) subscription.offer(event);
  }

  #collect(interest: Interest, into: Set<Subscription>): void {
    const found = this.#byInterest.get(interest);
    if (found !== undefined) for (const subscription of found) into.add(subscription);
  }
}
