import type { Revision, StoreChange, StoreEvent, Watcher } from '../store.ts';
import type { Backend, Commit } from './backend.ts';

/** Commits read from history at a time while a watch catches up. */
const PAGE = 500;

type Subscription = {
  readonly prefix: string;
  readonly watcher: Watcher;
  readonly queue: StoreEvent[];
  /** Everything up to here is delivered or in the queue. */
  cursor: Revision;
  /** False while it still reads history; commits then do not go through the queue. */
  live: boolean;
  ended: boolean;
  pumping: boolean;
};

/**
 * Delivers commits to watchers. A commit costs the watchers it concerns: subscriptions are found by
 * the prefixes of the changed keys, of the few lengths in use, not by asking each of them.
 */
export class WatchHub {
  readonly #backend: Backend;
  readonly #queueLimit: number;
  readonly #byPrefix = new Map<string, Set<Subscription>>();
  readonly #lengths = new Map<number, number>();

  constructor(backend: Backend, queueLimit: number) {
    this.#backend = backend;
    this.#queueLimit = queueLimit;
  }

  add(prefix: string, since: Revision, watcher: Watcher): () => void {
    const subscription: Subscription = {
      prefix,
      watcher,
      queue: [],
      cursor: since,
      live: since >= this.#backend.revision(),
      ended: false,
      pumping: false,
    };
    let group = this.#byPrefix.get(prefix);
    if (group === undefined) {
      this.#byPrefix.set(prefix, (group = new Set()));
      this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
    }
    group.add(subscription);
    if (!subscription.live) setImmediate(() => this.#start(subscription));
    return () => this.#remove(subscription);
  }

  publish(commit: Commit): void {
    const concerned = new Map<Subscription, StoreChange[]>();
    for (const change of commit.changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      for (const length of this.#lengths.keys()) {
        if (length > key.length) continue;
        for (const subscription of this.#byPrefix.get(key.slice(0, length)) ?? []) {
          if (!subscription.live || subscription.cursor >= commit.revision) continue;
          const changes = concerned.get(subscription);
          if (changes === undefined) concerned.set(subscription, [change]);
          else changes.push(change);
        }
      }
    }
    for (const [subscription, changes] of concerned) {
      if (subscription.queue.length >= this.#queueLimit) {
        this.#end(subscription, 'overflow');
        continue;
      }
      subscription.queue.push({ ...commit, changes });
      this.#start(subscription);
    }
  }

  /** Ends every watch, for this reason. */
  close(reason: 'closed' | 'compacted' = 'closed'): void {
    for (const group of [...this.#byPrefix.values()]) {
      for (const subscription of [...group]) this.#end(subscription, reason);
    }
  }

  #start(subscription: Subscription): void {
    if (subscription.pumping) return;
    subscription.pumping = true;
    this.#pump(subscription).catch((error: unknown) => {
      this.#remove(subscription);
      // A watcher that throws is a defect of its owner: it must show, and not inside the store's commit.
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  async #pump(subscription: Subscription): Promise<void> {
    while (!subscription.ended) {
      const event = subscription.queue.shift();
      if (event !== undefined) {
        subscription.watcher.onEvent(event);
        const wait = subscription.watcher.drained?.();
        if (wait !== undefined) await wait;
        continue;
      }
      if (subscription.live) break;
      await new Promise((resolve) => setImmediate(resolve)); // others get their turn between pages
      this.#readPage(subscription);
    }
    subscription.pumping = false;
  }

  #readPage(subscription: Subscription): void {
    if (subscription.ended) return;
    if (subscription.cursor < this.#backend.compacted()) {
      this.#end(subscription, 'compacted');
      return;
    }
    const events = this.#backend.history(subscription.prefix, subscription.cursor, PAGE);
    subscription.queue.push(...events);
    subscription.live = events.length < PAGE;
    const last = events.at(-1);
    subscription.cursor = subscription.live || last === undefined ? this.#backend.revision() : last.revision;
  }

  #end(subscription: Subscription, reason: 'compacted' | 'overflow' | 'closed'): void {
    if (subscription.ended) return;
    this.#remove(subscription);
    subscription.watcher.onEnd(reason);
  }

  #remove(subscription: Subscription): void {
    subscription.ended = true;
    subscription.queue.length = 0;
    const { prefix } = subscription;
    const group = this.#byPrefix.get(prefix);
    if (group === undefined || !group.delete(subscription) || group.size > 0) return;
    this.#byPrefix.delete(prefix);
    const users = (this.#lengths.get(prefix.length) ?? 1) - 1;
    if (users === 0) this.#lengths.delete(prefix.length);
    else this.#lengths.set(prefix.length, users);
  }
}
