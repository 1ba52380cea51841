import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../../store.ts';
import type { Layout } from './layout.ts';
import type { Replica } from './replica.ts';
import type { Connection } from './rpc/connection.ts';
import { storeErrorOf } from './rpc/rpc-error.ts';
import type { WatchFeed } from './watch-feed.ts';

/** The watch is a few milliseconds behind; after this it is asked to try elsewhere. */
const PATIENCE_MS = 1000;

/**
 * Makes reads of the replica as good as reads of etcd: asks a majority for `head` and waits until the
 * replica has it. All who come while one question is out share the next.
 */
export class Freshness {
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #replica: Replica;
  readonly #feed: WatchFeed;
  /** When the latest question that was answered was put. */
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(modules: { connection: Connection; layout: Layout; replica: Replica; feed: WatchFeed }) {
    this.#connection = modules.connection;
    this.#layout = modules.layout;
    this.#replica = modules.replica;
    this.#feed = modules.feed;
  }

  /** Resolves when the replica has all that was committed, by whomever, before this call. */
  async current(deadline: number): Promise<void> {
    if (this.#asking === undefined) {
      this.#asking = this.#ask(deadline).finally(() => (this.#asking = undefined));
      return this.#asking;
    }
    // The question that is out may have been answered before the latest commit: the next one counts.
    const before = this.#asking.catch(() => undefined);
    this.#next ??= before.then(() => {
      this.#next = undefined;
      return this.current(deadline);
    });
    return this.#next;
  }

  /** Resolves when all events up to that revision of etcd are in; StoreError 'unavailable' when they do not come. */
  seen(mod: number, deadline: number): Promise<void> {
    return this.#within(this.#replica.seenUpTo(mod), deadline);
  }

  /** Resolves when the replica has all that was committed, by whomever, before that time of `performance.now()`. */
  async since(time: number, deadline: number): Promise<void> {
    if (this.#askedAt < time) await this.current(deadline);
  }

  async #ask(deadline: number): Promise<void> {
    const asked = performance.now();
    try {
      const answer = await this.#connection.ask('KV.Range', { key: this.#layout.head }, deadline);
      const head = answer.kvs[0];
      if (head === undefined) throw new StoreError('corrupt', 'the store was deleted from etcd; restart');
      await this.#within(this.#replica.headReached(Number(head.mod_revision)), deadline);
    } catch (error) {
      throw storeErrorOf(error);
    }
    if (this.#replica.broken !== undefined) throw this.#replica.broken;
    this.#askedAt = asked;
  }

  async #within(reached: Promise<void>, deadline: number): Promise<void> {
    const done = reached.then(() => true);
    for (;;) {
      const left = Math.min(PATIENCE_MS, deadline - performance.now());
      if (left <= 0) break;
      const stop = new AbortController();
      const late = delay(left, false, { signal: stop.signal }).catch(() => false);
      const inTime = await Promise.race([done, late]);
      stop.abort();
      if (inTime) return;
      this.#feed.restart();
    }
    const why = this.#feed.lastError === undefined ? '' : ` (${this.#feed.lastError})`;
    throw new StoreError('unavailable', `the watch of etcd does not keep up${why}; try again later`);
  }
}
