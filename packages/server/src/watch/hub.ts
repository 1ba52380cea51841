import type { ResyncReason, Topic } from '@midonet/contract';
import { StoreError, type Revision, type Store, type StoreEvent } from '@midonet/store';
import type { Logger } from 'pino';
import type { EventSource, Past } from '../access/tenant-index.ts';
import type { Clock } from '../clock.ts';
import { interestsOf, RecentEvents } from './recent-events.ts';
import { RevisionReads } from './revision-reads.ts';
import { Subscription, type Changes } from './subscription.ts';
import type { Interest } from './topics.ts';
import type { Review } from './waiting.ts';

export type TopicSink = {
  snapshot(revision: Revision, items: Changes): void;
  delta(revision: Revision, changes: Changes, again: Changes | undefined): void;
  lost(reason: ResyncReason): void;
  /** Of those who see a part only; as in SubscriptionSink. */
  turned?(revision: Revision): boolean;
  resumed?(revision: Revision, items: Changes): void;
};

/** Where one goes on who was here before. */
export type Resume = {
  readonly since: number;
  /** Of those who see a part only: what they were told to look at again since. */
  readonly reviews?: readonly Review[] | undefined;
};

/** Sees every event before those who subscribed. */
export type HubObserver = {
  onEvent(event: StoreEvent): void;
  /** Events were missed. */
  onGap(): void;
};

export type HubModules = { readonly store: Store; readonly logger: Logger; readonly clock: Clock };

/** How far back a controller that starts follows the store, for agents that survived a restart of it to resume. */
const PAST = 5_000;

/** A store that cannot be watched now (etcd without a majority) is tried again. */
const RETRY_MS = 500;

/**
 * One watch of the store serves all subscriptions. An event costs a few map look-ups per changed
 * key plus the work of those who hold it, however many others there are.
 */
export class WatchHub implements EventSource {
  readonly #store: Store;
  readonly #reads: RevisionReads;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #byInterest = new Map<Interest, Set<Subscription>>();
  readonly #all = new Map<Subscription, TopicSink>();
  readonly #observers = new Set<HubObserver>();
  readonly #recent = new RecentEvents();
  readonly #afterwards: (() => void)[] = [];
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

  /** Behind this revision all events are kept. */
  get keptSince(): Revision {
    return this.#recent.start;
  }

  past(): Past {
    return { since: this.#recent.start, events: this.#recent.all() };
  }

  /** The revision up to which everything was handed out. */
  get revision(): Revision {
    return this.#revision;
  }

  async start(): Promise<void> {
    const now = await this.#store.revision();
    const past = Math.max(0, now - PAST) as Revision; // brand: a smaller revision is one
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

  subscribe(topic: Topic, sink: TopicSink, resume?: Resume): Subscription {
    const subscription: Subscription = new Subscription(topic, {
      reads: this.#reads,
      sink: {
        snapshot: (revision, items) => {
          sink.snapshot(revision, items);
        },
        delta: (revision, changes, again) => {
          sink.delta(revision, changes, again);
        },
        turned: (revision) => sink.turned?.(revision) ?? false,
        resumed: (revision, items) => {
          sink.resumed?.(revision, items);
        },
        lost: (reason) => {
          this.#all.delete(subscription);
          sink.lost(reason);
        },
        interested: (interest, at) => {
          const set = this.#byInterest.get(interest) ?? new Set();
          this.#byInterest.set(interest, set.add(subscription));
          // Another store's revision may lie in the future.
          return at > this.#revision ? undefined : this.#recent.after(at, interest);
        },
        uninterested: (interest) => {
          const set = this.#byInterest.get(interest);
          set?.delete(subscription);
          if (set?.size === 0) this.#byInterest.delete(interest);
        },
      },
    });
    this.#all.set(subscription, sink);
    for (const review of resume?.reviews ?? []) subscription.review(review);
    // brand: a revision of this store, or one that it has nothing after
    void subscription.start((resume?.since ?? this.#revision) as Revision, resume !== undefined);
    return subscription;
  }

  /** For observers: when the event at hand has been offered to all. */
  afterEvent(run: () => void): void {
    this.#afterwards.push(run);
  }

  unsubscribe(subscription: Subscription): void {
    this.#all.delete(subscription);
    subscription.close();
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    for (const subscription of this.#all.keys()) subscription.close();
    this.#all.clear();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  async #follow(since: Revision): Promise<void> {
    this.#recent.reset(since);
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
    const interests = interestsOf(event);
    this.#recent.add(event, interests);
    for (const observer of this.#observers) observer.onEvent(event);
    const interested = new Set<Subscription>();
    for (const interest of interests) {
      const found = this.#byInterest.get(interest);
      if (found !== undefined) for (const subscription of found) interested.add(subscription);
    }
    for (const subscription of interested) subscription.offer(event);
    for (const run of this.#afterwards.splice(0)) run();
  }
}
