import type { ClientMessage, ServerMessage } from '@midonet/contract';
import { encodeRow, sharedRowKey, type SharedRow } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';

const BATCH_MS = 5;
/** The controller has too much to do, or no room: it is not asked again at once. */
const BUSY_MS = 500;
const MAX_BATCH = 512;
const MAX_PENDING = 16_384;
/** Refusals that say nothing about the rows: they go up again. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'conflict', 'internal', 'leaseGone']);

/**
 * Writes this host's rows to the shared tables: in batches, the latest value of a key only, so a MAC
 * that flaps costs one row a batch. What was written is remembered, because only its writer deletes
 * a row, and because all of it goes up again when the lease was lost.
 */
export class RowWriter {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #clock: Clock;
  readonly #onRefused: (message: string) => void;
  readonly #owned = new Map<string, SharedRow>();
  #pending = new Map<string, SharedRow | undefined>();
  readonly #flying = new Map<number, Map<string, SharedRow | undefined>>();
  #nextId = 1;
  #timer: Timer | undefined;
  /** Rows not written because too many waited for a controller. */
  overflow = 0;

  constructor(send: (message: ClientMessage) => boolean, clock: Clock, onRefused: (message: string) => void) {
    this.#send = send;
    this.#clock = clock;
    this.#onRefused = onRefused;
  }

  put(row: SharedRow): void {
    const key = sharedRowKey(row);
    this.#owned.set(key, row);
    this.#queue(key, row);
  }

  /** A row that an earlier run of this host wrote. */
  adopt(row: SharedRow): void {
    this.#owned.set(sharedRowKey(row), row);
  }

  /** Deletes a row that this host wrote; others' rows are left alone. */
  delete(key: string): void {
    if (this.#owned.delete(key)) this.#queue(key, undefined);
  }

  ownedAt(key: string): SharedRow | undefined {
    return this.#owned.get(key);
  }

  ownedKeys(): IterableIterator<string> {
    return this.#owned.keys();
  }

  owned(): IterableIterator<SharedRow> {
    return this.#owned.values();
  }

  /** Somebody else's row stands under this key now. A write of ours under way comes after it. */
  disown(key: string): void {
    if (this.#pending.has(key)) return;
    for (const batch of this.#flying.values()) if (batch.has(key)) return;
    this.#owned.delete(key);
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** A new connection. With the same lease only what was not acknowledged goes up again. */
  resume(sameLease: boolean): void {
    const again = new Map<string, SharedRow | undefined>();
    if (!sameLease) for (const [key, row] of this.#owned) again.set(key, row);
    for (const batch of this.#flying.values()) for (const [key, row] of batch) again.set(key, row);
    for (const [key, row] of this.#pending) again.set(key, row);
    this.#flying.clear();
    this.#pending = again;
    if (again.size > 0) this.#flush();
  }

  receive(message: ServerMessage): void {
    if (message.op === 'ack') this.#flying.delete(message.id);
    if (message.op !== 'refused' || message.id === undefined) return;
    const batch = this.#flying.get(message.id);
    if (batch === undefined) return;
    this.#flying.delete(message.id);
    if (PASSING.has(message.code)) {
      for (const [key, row] of batch)
        if (!this.#pending.has(key)) this.#queue(key, row, message.code === 'busy' ? BUSY_MS : BATCH_MS);
      return;
    }
    if (batch.size > 1) {
      // One bad row (of a port deleted meanwhile) must not take the others with it.
      for (const [key, row] of batch) this.#sendBatch(new Map([[key, row]]));
      return;
    }
    // Not to be tried again: what the controller refuses once it refuses always.
    for (const [key, row] of batch) if (row !== undefined && this.#owned.get(key) === row) this.#owned.delete(key);
    // That another host was first is no fault of the row's.
    if (message.code !== 'taken') this.#onRefused(`${message.code}: ${message.message}`);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flush();
  }

  #queue(key: string, row: SharedRow | undefined, waitMs = BATCH_MS): void {
    if (this.#pending.size >= MAX_PENDING && !this.#pending.has(key)) {
      this.overflow++;
      return;
    }
    this.#pending.set(key, row);
    this.#timer ??= this.#clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#pending.size > 0) {
      const batch = new Map<string, SharedRow | undefined>();
      for (const [key, row] of this.#pending) {
        if (batch.size >= MAX_BATCH) break;
        batch.set(key, row);
      }
      if (!this.#sendBatch(batch)) return;
      for (const key of batch.keys()) this.#pending.delete(key);
    }
  }
  #sendBatch(batch: Map<string, SharedRow | undefined>): boolean {
    const id = this.#nextId++;
    const puts: unknown[] = [];
    const deletes: string[] = [];
    for (const [key, row] of batch) {
      if (row === undefined) deletes.push(key);
      else puts.push(encodeRow(row));
    }
    if (!this.#send({ op: 'rows', id, puts, deletes })) return false;
    this.#flying.set(id, batch);
    return true;
  }
}
