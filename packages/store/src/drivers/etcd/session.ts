import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Layout } from './layout.ts';
import type { Connection } from './rpc/connection.ts';
import { RpcError, rpcErrorOf } from './rpc/rpc-error.ts';
import { put } from './transactor.ts';

/**
 * Says in etcd that this controller lives: a key bound to a lease of etcd, renewed three times per
 * term. Should the key go (this process was stopped, or cut off, for a whole term) it is put again
 * under the same name: the leases of the store that it looks after are its own again, but for those
 * that another controller has taken over or ended meanwhile.
 */
export class Session {
  readonly id = randomUUID();
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #termMs: number;
  readonly #closing = new AbortController();
  #lease: string | undefined;
  #confirmed = -Infinity;
  #onBack: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(connection: Connection, layout: Layout, termMs: number) {
    this.#connection = connection;
    this.#layout = layout;
    this.#termMs = termMs;
  }

  /** False when etcd has not confirmed it for a whole term: others may have taken over. */
  get sure(): boolean {
    return performance.now() - this.#confirmed < this.#termMs;
  }

  /** Called when it is sure again after it was not. */
  onBack(callback: () => void): void {
    this.#onBack = callback;
  }

  /** In an etcd that is full it begins unsure, and is sure when there is room again. */
  async start(deadline: number): Promise<void> {
    try {
      await this.#begin(deadline);
    } catch (error) {
      if (!(error instanceof RpcError && error.full)) throw error;
    }
    this.#running = this.#keep();
  }

  /** The leases of the store that this controller looked after pass to others, or to the next start. */
  async close(deadline: number): Promise<void> {
    this.#closing.abort();
    await this.#running;
    if (this.#lease === undefined) return;
    // etcd ends it by itself should this not arrive.
    await this.#connection.ask('Lease.LeaseRevoke', { ID: this.#lease }, deadline).catch(() => undefined);
  }

  async #begin(deadline: number): Promise<void> {
    const asked = performance.now();
    const granted = await this.#connection.ask('Lease.LeaseGrant', { TTL: Math.ceil(this.#termMs / 1000) }, deadline);
    const success = [put(this.#layout.session(this.id), Buffer.from('{}'), granted.ID)];
    await this.#connection.ask('KV.Txn', { compare: [], success, failure: [] }, deadline);
    this.#lease = granted.ID;
    this.#confirm(asked);
  }

  /** The term counts from before the question, as etcd's does from before the answer. */
  #confirm(asked: number): void {
    const wasSure = this.sure;
    this.#confirmed = asked;
    if (!wasSure) this.#onBack?.();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    const closed = () => signal.aborted;
    while (!closed()) {
      await delay(this.#termMs / 3, undefined, { signal, ref: false }).catch(() => undefined);
      if (closed()) return;
      const asked = performance.now();
      try {
        if (this.#lease !== undefined && (await this.#renew(this.#lease))) this.#confirm(asked);
        else {
          this.#lease = undefined;
          await this.#begin(asked + this.#termMs / 3);
        }
      } catch {
        // etcd is away or without a majority; the next turn tries again, or begins anew.
      }
    }
  }

  /** False when etcd has ended it. */
  async #renew(lease: string): Promise<boolean> {
    const { call, endpoint } = await this.#connection.stream('Lease.LeaseKeepAlive');
    const ended = new AbortController();
    try {
      return await new Promise<boolean>((resolve, reject) => {
        call.on('data', ({ TTL }: { readonly TTL: string }) => resolve(Number(TTL) > 0));
        call.on('error', (error) => reject(rpcErrorOf(error, endpoint)));
        call.on('end', () => reject(rpcErrorOf({ details: 'the stream ended' }, endpoint)));
        call.write({ ID: lease });
        void delay(this.#termMs / 4, undefined, { signal: ended.signal, ref: false }).then(
          () => reject(rpcErrorOf({ details: 'no answer in time' }, endpoint)),
          () => undefined,
        );
      });
    } catch (error) {
      this.#connection.gaveUp(endpoint);
      throw error;
    } finally {
      ended.abort();
      call.cancel();
    }
  }
}
