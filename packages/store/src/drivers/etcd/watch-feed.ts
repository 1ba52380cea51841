import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { KeyRange } from './layout.ts';
import type { Connection, Stream } from './rpc/connection.ts';
import type { EtcdEvent, WatchResponse } from './rpc/messages.ts';
import { RpcError, rpcErrorOf } from './rpc/rpc-error.ts';

export type FeedSink = {
  /** The revision of etcd up to which events are in. */
  readonly seen: () => number;
  /** False when they do not fit what is there: the feed then reloads. */
  onEvents(events: readonly EtcdEvent[], whole: boolean): boolean;
  onProgress(etcdRevision: number): void;
  /** etcd no longer knows what came behind `seen`: read everything, and note the revision of that. */
  reload(): Promise<void>;
};

/** etcd answers a question about progress at once; a watch that does not is dead though its socket may live. */
const ASK_EVERY_MS = 1000;
const SILENCE_MS = 3000;
const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 1000;

/**
 * The one watch of etcd that a store has, kept up for as long as the store is open: from where it was,
 * at another member when this one fails, stalls or has lost its leader.
 */
export class WatchFeed {
  readonly #connection: Connection;
  readonly #range: KeyRange;
  readonly #sink: FeedSink;
  readonly #closing = new AbortController();
  #stream: Stream<'Watch.Watch'> | undefined;
  /** For the metrics: watches opened since the start, the first one included. */
  opened = 0;
  lastError: string | undefined;

  constructor(connection: Connection, range: KeyRange, sink: FeedSink) {
    this.#connection = connection;
    this.#range = range;
    this.#sink = sink;
  }

  /** Follows until closed. */
  async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#closing.signal.aborted) {
      const seen = this.#sink.seen();
      try {
        await this.#follow(seen + 1);
      } catch (error) {
        this.lastError = error instanceof Error ? error.message : String(error);
      }
      if (this.#sink.seen() > seen) pause = FIRST_PAUSE_MS;
      await delay(pause, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
      pause = Math.min(LAST_PAUSE_MS, pause * 2);
    }
  }

  /** Something should have come and did not: look again elsewhere. */
  restart(): void {
    if (this.#stream === undefined) return;
    this.#connection.gaveUp(this.#stream.endpoint);
    this.#stream.call.cancel();
  }

  close(): void {
    this.#closing.abort();
    this.#stream?.call.cancel();
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #follow(from: number): Promise<void> {
    const stream = await this.#connection.stream('Watch.Watch');
    if (this.#isClosed()) {
      stream.call.on('error', () => undefined).cancel();
      return;
    }
    this.#stream = stream;
    this.opened++;
    const { call } = stream;
    let heard = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - heard > SILENCE_MS) this.restart();
      else call.write({ progress_request: {} });
    }, ASK_EVERY_MS);
    timer.unref();
    const stale = new AbortController();
    const isStale = () => stale.signal.aborted;
    try {
      await new Promise<void>((resolve, reject) => {
        call.on('data', (answer: WatchResponse) => {
          heard = performance.now();
          if (isStale() || this.#take(answer)) return;
          stale.abort();
          call.cancel();
        });
        call.on('error', (error) => reject(rpcErrorOf(error, stream.endpoint)));
        call.on('end', resolve);
        call.write({
          create_request: { ...this.#range, start_revision: from, progress_notify: true, fragment: true },
        });
      });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.loginNeeded) this.#connection.forgetLogin();
      if (!isStale() && error.code !== status.CANCELLED) {
        this.#connection.gaveUp(stream.endpoint);
        throw error;
      }
    } finally {
      clearInterval(timer);
      this.#stream = undefined;
    }
    if (isStale() && !this.#isClosed()) await this.#sink.reload();
  }

  /** False when the watch must start over from a fresh load. */
  #take(answer: WatchResponse): boolean {
    if (answer.canceled) {
      if (Number(answer.compact_revision) > 0) return false;
      // Refused (no permission, token out of date): told apart by the next request, which fails with the reason.
      this.lastError = answer.cancel_reason;
      this.#connection.forgetLogin();
      this.#stream?.call.cancel();
      return true;
    }
    if (answer.events.length > 0) return this.#sink.onEvents(answer.events, !answer.fragment);
    // Answers to progress requests (watch -1) may overtake events in etcd 3.4 and 3.5 (etcd issue 15220): signs
    // of life only. What etcd tells by itself for this watch is in order.
    if (!answer.created && answer.watch_id === '0') this.#sink.onProgress(Number(answer.header.revision));
    return true;
  }
}
