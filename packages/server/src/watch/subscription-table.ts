import type { ClientMessage, ResyncReason } from '@midonet/contract';
import type { Revision } from '@midonet/store';
import type { Clock } from '../clock.ts';
import type { CallerCounts } from '../limits/caller-counts.ts';
import type { Metrics } from '../metrics.ts';
import type { TenantIndex } from '../access/tenant-index.ts';
import type { Resume, WatchHub } from './hub.ts';
import { ItemFilter } from './item-filter.ts';
import type { Changes, Subscription } from './subscription.ts';
import type { Review } from './waiting.ts';

export type Outlet = {
  /** True when the reader is so slow that nothing more may be queued for it. */
  overLimit(): boolean;
  items(op: 'snapshot' | 'delta', sub: number, revision: Revision, items: Changes): void;
  resync(sub: number, reason: ResyncReason): void;
};

/** Who is shown their own part alone. */
export type Audience = { readonly tenants: TenantIndex; readonly tenantId: string };

type Subscribe = Extract<ClientMessage, { op: 'subscribe' }>;

const SUBSCRIPTIONS = 10_000;
/** A store in trouble is not asked again at once. */
const RETRY_MS = 1_000;

type TableModules = {
  readonly hub: WatchHub;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly subscriptions: CallerCounts;
};

/**
 * The subscriptions of one connection. One that falls out of step (slow reader, compaction, a store
 * that went away) is told to resync and gets a fresh snapshot when there is room again.
 */
export class SubscriptionTable {
  readonly #hub: WatchHub;
  readonly #metrics: Metrics;
  readonly #outlet: Outlet;
  readonly #active = new Map<number, Subscription>();
  readonly #stale = new Map<number, { readonly message: Subscribe; readonly reason: ResyncReason }>();
  readonly #clock: Clock;
  readonly #counts: CallerCounts;
  #caller: string | undefined;
  readonly #asked = new Map<number, Subscribe>();
  /** Undefined: everything goes out. */
  #audience: Audience | undefined;
  #cancelRetry: () => void = () => undefined;
  #closed = false;

  constructor({ hub, metrics, clock, subscriptions }: TableModules, outlet: Outlet) {
    this.#hub = hub;
    this.#counts = subscriptions;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#outlet = outlet;
  }

  /** Who is counted. Before the first subscription. */
  belongTo(caller: string | undefined): void {
    this.#caller = caller;
  }

  /** From here on only what shows to them goes out. Before the first subscription. */
  showOnly(audience: Audience): void {
    this.#audience = audience;
  }

  /** All resync: what may be seen has changed, and nobody knows how. */
  startOver(): void {
    for (const [sub, subscription] of [...this.#active]) {
      const message = this.#asked.get(sub);
      if (message !== undefined) this.#lose(message, subscription, 'unknown');
    }
  }

  /** Before the event of that revision is handed out. */
  review(review: Review): void {
    for (const subscription of [...this.#active.values()]) subscription.review(review);
  }

  /** Behind it. */
  proceed(): void {
    for (const subscription of [...this.#active.values()]) subscription.proceed();
  }

  /** Up to here everything was sent that there was to send; undefined while nobody can tell. */
  get settled(): Revision | undefined {
    if (this.#stale.size > 0) return undefined;
    const behind = [...this.#active.values()].map((subscription) => subscription.behind ?? this.#hub.revision);
    return behind.reduce((least, one) => (one < least ? one : least), this.#hub.revision);
  }

  /** Text says why not. */
  subscribe(message: Subscribe): string | undefined {
    if (this.#active.has(message.sub) || this.#stale.has(message.sub)) return `sub ${message.sub} is in use`;
    if (this.#active.size + this.#stale.size >= SUBSCRIPTIONS) return `more than ${SUBSCRIPTIONS} subscriptions`;
    if (!this.#counts.add(this.#caller)) return 'more subscriptions than one caller may have, over all its connections';
    this.#metrics.watchSubscriptions.inc();
    this.#resume(message);
    return undefined;
  }

  unsubscribe(sub: number): void {
    const subscription = this.#active.get(sub);
    if (subscription !== undefined) this.#hub.unsubscribe(subscription);
    this.#asked.delete(sub);
    if (!this.#active.delete(sub) && !this.#stale.delete(sub)) return;
    this.#counts.remove(this.#caller);
    this.#metrics.watchSubscriptions.dec();
  }

  /** Something was written out: resync what had to be dropped, if there is room now. */
  drained(): void {
    if (this.#closed || this.#stale.size === 0 || this.#outlet.overLimit()) return;
    const stale = [...this.#stale.values()];
    this.#stale.clear();
    for (const { message, reason } of stale) this.#restart(message, reason);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    const open = this.#active.size + this.#stale.size;
    this.#counts.remove(this.#caller, open);
    this.#metrics.watchSubscriptions.dec(open);
    for (const subscription of this.#active.values()) this.#hub.unsubscribe(subscription);
    this.#active.clear();
    this.#stale.clear();
    this.#asked.clear();
  }

  #resume(message: Subscribe): void {
    const { since } = message;
    if (since === undefined || this.#audience === undefined) {
      this.#start(message, since === undefined ? undefined : { since });
      return;
    }
    const { tenants, tenantId } = this.#audience;
    const at = since as Revision; // brand: a revision of this store, or one that it has nothing after
    const reviews = tenants.movesAfter(at, tenantId);
    if (reviews === undefined) this.#restart(message, 'compacted');
    else this.#start(message, { since, reviews });
  }

  #start(message: Subscribe, resume: Resume | undefined): void {
    const { sub } = message;
    this.#asked.set(sub, message);
    const filter = this.#audience && new ItemFilter(this.#audience, message.topic);
    const isCurrent = (revision: Revision): boolean => {
      if (this.#active.get(sub) !== subscription) return false;
      if (this.#audience?.tenants.forgot(revision) !== true) return true;
      this.#lose(message, subscription, 'compacted');
      return false;
    };
    const send = (op: 'snapshot' | 'delta', revision: Revision, items: Changes): void => {
      if (this.#outlet.overLimit()) this.#lose(message, subscription, 'overflow');
      else if (op === 'snapshot' || items.size > 0) this.#outlet.items(op, sub, revision, items);
    };
    const subscription: Subscription = this.#hub.subscribe(
      message.topic,
      {
        snapshot: (revision, items) => {
          if (isCurrent(revision)) send('snapshot', revision, filter?.begin(items, revision) ?? items);
        },
        delta: (revision, changes, again) => {
          if (isCurrent(revision)) send('delta', revision, filter?.step(changes, again, revision) ?? changes);
        },
        turned: (revision) => filter?.turned(revision) ?? false,
        resumed: (revision, items) => {
          if (isCurrent(revision)) filter?.begin(items, revision);
        },
        lost: (reason) => {
          this.#lose(message, subscription, reason);
        },
      },
      resume,
    );
    this.#active.set(sub, subscription);
  }

  #lose(message: Subscribe, subscription: Subscription, reason: ResyncReason): void {
    if (this.#closed || this.#active.get(message.sub) !== subscription) return;
    this.#metrics.watchResyncs.inc({ reason });
    this.#hub.unsubscribe(subscription);
    this.#active.delete(message.sub);
    if (reason !== 'restarted' && !this.#outlet.overLimit()) {
      this.#restart(message, reason);
      return;
    }
    this.#stale.set(message.sub, { message, reason });
    if (reason !== 'restarted') return;
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.schedule(RETRY_MS, () => {
      this.drained();
    });
  }

  #restart(message: Subscribe, reason: ResyncReason): void {
    this.#outlet.resync(message.sub, reason);
    this.#start(message, undefined);
  }
}
