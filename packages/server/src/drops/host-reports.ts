import { StoreError, type LeaseId, type Store, type Write } from '@midonet/store';
import { encodeRow, sharedRowKey, type SharedRow } from '@midonet/topology';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { unlessFull } from '../watch/busy-when-full.ts';

/** What a host counts, and tells anew whenever it has changed. */
export type Report = Extract<SharedRow, { readonly kind: 'hostDrops' | 'hostRuleHits' }>;

/** A revision of the store each so many milliseconds at most, with so many reports. */
const PACE_MS = 5_000;
const BATCH = 16;

const AUTHOR = { user: 'system', from: 'reports of hosts' } as const;

type Held = { readonly report: Report; readonly lease: LeaseId };

type Modules = { readonly store: Store; readonly clock: Clock; readonly logger: Logger };

export function isReport(row: SharedRow): row is Report {
  return row.kind === 'hostDrops' || row.kind === 'hostRuleHits';
}

/**
 * The newest reports of the hosts that are connected here. They change every few seconds on every busy
 * host, so each in a revision of its own would push all other history out of the store: they are kept
 * here, where readers see them at once, and go into the store for other controllers a few at a time.
 */
export class HostReports {
  readonly #modules: Modules;
  readonly #held = new Map<string, Held>();
  /** Not in the store as they are; those that wait longest first. */
  readonly #unwritten = new Set<string>();
  readonly #closed = new Set<LeaseId>();
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | undefined;

  constructor(modules: Modules) {
    this.#modules = modules;
  }

  put(lease: LeaseId, report: Report): void {
    const key = sharedRowKey(report);
    this.#held.set(key, { report, lease });
    this.#closed.delete(lease);
    this.#unwritten.add(key);
    this.#cancelTimer ??= this.#modules.clock.schedule(PACE_MS, () => this.#tick());
  }

  /** Its agent may go on at another controller, which finds in the store what was told here. */
  disconnected(lease: LeaseId): void {
    const keys = this.#keysOf(lease);
    if (keys.length === 0) return;
    this.#closed.add(lease);
    this.#write(keys.filter((key) => this.#unwritten.delete(key)));
  }

  /** Its lease has ended, and with it what it said. */
  forget(lease: LeaseId): void {
    for (const key of this.#keysOf(lease)) {
      this.#held.delete(key);
      this.#unwritten.delete(key);
    }
  }

  /** Those of the store, with the newest of the hosts that are connected here in their place. */
  over<T extends Report>(kind: T['kind'], stored: readonly T[]): T[] {
    const all = new Map<string, T>(stored.map((one) => [sharedRowKey(one), one]));
    // brand: keys begin with the kind
    for (const [key, { report }] of this.#held) if (report.kind === kind) all.set(key, report as T);
    return [...all.values()];
  }

  /** Everything that was told goes into the store, as far as that takes it. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#write([...this.#unwritten]);
    this.#unwritten.clear();
    await this.#writing;
  }

  #keysOf(lease: LeaseId): string[] {
    return [...this.#held].flatMap(([key, held]) => (held.lease === lease ? [key] : []));
  }

  #tick(): void {
    const keys = [...this.#unwritten].slice(0, BATCH);
    for (const key of keys) this.#unwritten.delete(key);
    this.#write(keys);
    const isMore = this.#unwritten.size > 0;
    this.#cancelTimer = isMore ? this.#modules.clock.schedule(PACE_MS, () => this.#tick()) : undefined;
  }

  /** One after the other, so that an older report never follows a newer one. */
  #write(keys: readonly string[]): void {
    this.#writing = this.#writing.then(async () => {
      if (await this.#commit(keys)) this.#letGo(keys);
      // The lease of one has ended: the others go by themselves.
      else if (keys.length > 1) for (const key of keys) if (await this.#commit([key])) this.#letGo([key]);
    });
  }

  /** False when a lease has ended. Whatever else fails is tried again with the next news. */
  async #commit(keys: readonly string[]): Promise<boolean> {
    const writes = keys.flatMap((key): Write[] => {
      const held = this.#held.get(key);
      if (held === undefined) return [];
      return [{ kind: 'put', key, value: JSON.stringify(encodeRow(held.report)), lease: held.lease }];
    });
    if (writes.length === 0) return true;
    try {
      await unlessFull(this.#modules.store.commit({ author: AUTHOR, conditions: [], writes }));
      return true;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'leaseGone') {
        if (keys.length === 1) for (const key of keys) this.#held.delete(key);
        return false;
      }
      if (error instanceof StoreError && error.code === 'closed') return true;
      this.#modules.logger.warn({ err: error }, 'what hosts count is not in the store: other controllers show it late');
      return true;
    }
  }

  /** Of hosts that are connected no more the store has the last word. */
  #letGo(keys: readonly string[]): void {
    for (const key of keys) {
      const held = this.#held.get(key);
      if (held === undefined || !this.#closed.has(held.lease) || this.#unwritten.has(key)) continue;
      this.#held.delete(key);
      if (this.#keysOf(held.lease).length === 0) this.#closed.delete(held.lease);
    }
  }
}
