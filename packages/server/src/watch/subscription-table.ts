import type { ClientMessage, Topic } from '@midonet/contract';
import type { Revision } from '@midonet/store';
import type { Clock } from '../clock.ts';
import type { CallerCounts } from '../limits/caller-counts.ts';
import type { Metrics } from '../metrics.ts';
import type { WatchHub } from './hub.ts';
import type { ItemFilter } from './item-filter.ts';
import type { Changes, ResyncReason, Subscription } from './subscription.ts';

export type Outlet = {
  /** True when the reader is so slow that nothing more may be queued for it. */
  overLimit(): boolean;
  items(op: 'snapshot' | 'delta', sub: number, revision: Revision, items: Changes): void;
  resync(sub: number): void;
};

type Passing = (items: Changes) => Changes;
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
  readonly #stale = new Map<number, Subscribe>();
  readonly #clock: Clock;
  readonly #counts: CallerCounts;
  #caller: string | undefined;
  readonly #asked = new Map<number, Subscribe>();
  /** Makes a filter for each subscription of a tenant; undefined: everything goes out. */
  #filters: ((topic: Topic) => ItemFilter) | undefined;
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

  /** From here on only what passes goes out. Before the first subscription. */
  filterWith(filters: (topic: Topic) => ItemFilter): void {
    this.#filters = filters;
  }

  /** All resync: what may be seen has changed, and nobody knows how. */
  startOver(): void {
    for (const [sub, subscription] of [...this.#active]) {
      const message = this.#asked.get(sub);
      if (message !== undefined) this.#lose(message, subscription, 'overflow');
    }
  }

  /** These may show now, or no more, by the event of that revision. */
  review(things: ReadonlySet<string> | 'all', revision: Revision): void {
    for (const subscription of [...this.#active.values()]) subscription.review(things, revision);
  }

  /** Text says why not. */
  subscribe(message: Subscribe): string | undefined {
    if (this.#active.has(message.sub) || this.#stale.has(message.sub)) return `sub ${message.sub} is in use`;
    if (this.#active.size + this.#stale.size >= SUBSCRIPTIONS) return `more than ${SUBSCRIPTIONS} subscriptions`;
    if (!this.#counts.add(this.#caller)) return 'more subscriptions than one caller may have, over all its connections';
    this.#metrics.watchSubscriptions.inc();
    // What somebody was shown before is not remembered, so a filtered subscription cannot resume.
    if (this.#filters !== undefined && message.since !== undefined) this.#restart(message);
    else this.#start(message, message.since);
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
    for (const message of stale) this.#restart(message);
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

  #start(message: Subscribe, since: number | undefined): void {
    const { sub } = message;
    const filter = this.#filters?.(message.topic);
    this.#asked.set(sub, message);
    const pass: Passing = (items) => (filter === undefined ? items : filter.pass(items));
    const send = (op: 'snapshot' | 'delta', passing: Passing) => (revision: Revision, items: Changes) => {
      if (this.#active.get(sub) !== subscription) return;
      if (this.#outlet.overLimit()) {
        this.#lose(message, subscription, 'overflow');
        return;
      }
      const passed = passing(items);
      if (op === 'snapshot' || passed.size > 0) this.#outlet.items(op, sub, revision, passed);
    };
    const lost = (reason: ResyncReason): void => {
      this.#lose(message, subscription, reason);
    };
    const again = (things: ReadonlySet<string>): ReadonlySet<string> | 'all' =>
      filter?.hasTurned() === true ? 'all' : things;
    const reviewed = send('delta', (items) => filter?.review(items) ?? new Map());
    const sink = { snapshot: send('snapshot', pass), delta: send('delta', pass), again, reviewed, lost };
    const subscription: Subscription = this.#hub.subscribe(message.topic, sink, since);
    this.#active.set(sub, subscription);
  }

  #lose(message: Subscribe, subscription: Subscription, reason: ResyncReason): void {
    if (this.#closed || this.#active.get(message.sub) !== subscription) return;
    this.#metrics.watchResyncs.inc({ reason });
    this.#hub.unsubscribe(subscription);
    this.#active.delete(message.sub);
    if (reason !== 'restarted' && !this.#outlet.overLimit()) {
      this.#restart(message);
      return;
    }
    this.#stale.set(message.sub, message);
    if (reason !== 'restarted') return;
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.schedule(RETRY_MS, () => {
      this.drained();
    });
  }

  #restart(message: Subscribe): void {
    this.#outlet.resync(message.sub);
    this.#start(message, undefined);
  }
}
