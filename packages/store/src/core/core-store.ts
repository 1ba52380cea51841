import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { MAX_LEASES, MAX_PENDING_COMMITS } from '../limits.ts';
import {
  StoreError,
  type CommitResult,
  type LeaseId,
  type Listing,
  type ListOptions,
  type Revision,
} from '../store.ts';
import type { Store, StoreEntry, StoreEvent, StoreVersion, Transaction, VersionOptions, Watcher } from '../store.ts';
import type { Backend, Commit } from './backend.ts';
import { eventOf, revisionAt } from './look-back.ts';
import { LeaseTable } from './lease-table.ts';
import { checkTransaction, failedCondition, netChanges } from './transaction.ts';
import { WatchHub } from './watch-hub.ts';

/** How much history is kept; what is beyond either bound is compacted away by itself. */
export type Retention = { readonly revisions?: number | undefined; readonly ms?: number | undefined };

export type CoreOptions = { readonly clock: Clock; readonly retention: Retention; readonly watchQueue: number };

/** A step of a batch. It runs inside the batch and answers what to do once the batch is durable. */
type Pending = { run(): () => void; fail(error: unknown): void };

const EXPIRY_RETRY_MS = 1000;

/** The author of changes that the store makes by itself. */
const SYSTEM = { user: 'system', from: 'lease end' } as const;

/**
 * The Store over a Backend. Commits that arrive while others are written share the next batch, so
 * on disk many of them cost one flush; they still get a revision each, in the order of their calls.
 */
export class CoreStore implements Store {
  readonly #backend: Backend;
  readonly #options: CoreOptions;
  readonly #hub: WatchHub;
  readonly #leases: LeaseTable;
  #pending: Pending[] = [];
  #flushing = false;
  #closed = false;
  #nextTrim = 0;
  #cancelTrim: (() => void) | undefined;

  constructor(backend: Backend, options: CoreOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#hub = new WatchHub(backend, options.watchQueue);
    this.#leases = new LeaseTable(options.clock, (id) => this.#expire(id));
    for (const { id, ttlMs } of backend.leases()) this.#leases.grant(id, ttlMs);
    this.#scheduleTrim();
  }

  async revision(): Promise<Revision> {
    return this.#open().revision();
  }

  async get(key: string, at?: Revision): Promise<StoreEntry | undefined> {
    return this.#open().get(key, this.#readable(at));
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Listing> {
    const backend = this.#open();
    const at = this.#readable(options.at);
    const limit = options.limit ?? Infinity;
    const entries = backend.range(prefix, { after: options.after, limit: limit + 1, at });
    const more = entries.length > limit;
    if (more) entries.pop();
    return { entries, revision: at ?? backend.revision(), more };
  }

  async versions(key: string, { limit, before }: VersionOptions): Promise<StoreVersion[]> {
    return this.#open().versions(key, before, limit);
  }

  async event(revision: Revision): Promise<StoreEvent | undefined> {
    return eventOf(this.#open(), revision);
  }

  async revisionAt(time: number): Promise<Revision> {
    return revisionAt(this.#open(), time, this.#options.clock.now());
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    this.#open();
    checkTransaction(transaction);
    return this.#enqueue((publish) => this.#apply(transaction, publish));
  }

  async watch(prefix: string, since: Revision, watcher: Watcher): Promise<() => void> {
    const backend = this.#open();
    if (since > backend.revision()) {
      throw new StoreError('invalid', `watch since ${since}, but the store is at revision ${backend.revision()}`);
    }
    if (since < backend.compacted()) {
      queueMicrotask(() => watcher.onEnd('compacted'));
      return () => undefined;
    }
    return this.#hub.add(prefix, since, watcher);
  }

  async grantLease(ttlMs: number): Promise<LeaseId> {
    const backend = this.#open();
    if (!Number.isFinite(ttlMs) || ttlMs <= 0) throw new StoreError('invalid', `a lease of ${ttlMs} ms`);
    if (this.#leases.size >= MAX_LEASES) {
      throw new StoreError('tooLarge', `${MAX_LEASES} leases are granted already; revoke some`);
    }
    const id = randomUUID() as LeaseId;
    await this.#enqueue(() => backend.putLease(id, ttlMs));
    this.#leases.grant(id, ttlMs);
    return id;
  }

  async renewLease(lease: LeaseId): Promise<void> {
    this.#open();
    if (!this.#leases.renew(lease)) throw new StoreError('leaseGone', `lease ${lease} has ended`);
  }

  async revokeLease(lease: LeaseId): Promise<void> {
    this.#open();
    if (this.#leases.remove(lease)) await this.#endLease(lease);
  }

  async compact(revision: Revision): Promise<void> {
    const backend = this.#open();
    await this.#enqueue(() => {
      if (revision > backend.compacted()) backend.compact(Math.min(revision, backend.revision()) as Revision);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#cancelTrim?.();
    this.#leases.close();
    this.#hub.close();
    this.#backend.close();
  }

  #open(): Backend {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    return this.#backend;
  }

  #readable(at: Revision | undefined): Revision | undefined {
    if (at === undefined || at === this.#backend.revision()) return undefined;
    if (at > this.#backend.revision()) {
      throw new StoreError('invalid', `revision ${at} is yet to come, the store is at ${this.#backend.revision()}`);
    }
    if (at < this.#backend.compacted()) {
      throw new StoreError('compacted', `revision ${at} is forgotten, the oldest kept is ${this.#backend.compacted()}`);
    }
    return at;
  }

  #apply(transaction: Transaction, publish: (commit: Commit) => void): CommitResult {
    const backend = this.#backend;
    const condition = failedCondition(backend, transaction.conditions);
    if (condition !== undefined) return { kind: 'conflict', condition };
    const revision = (backend.revision() + 1) as Revision;
    const changes = netChanges(backend, transaction, revision, (lease) => this.#leases.has(lease));
    if (changes.length === 0) return { kind: 'committed', revision: backend.revision() };
    const commit = { revision, at: this.#options.clock.now(), author: transaction.author, changes };
    backend.append(commit);
    publish(commit);
    return { kind: 'committed', revision };
  }

  async #endLease(lease: LeaseId): Promise<void> {
    await this.#enqueue((publish) => {
      const writes = this.#backend.keysOfLease(lease).map((key) => ({ kind: 'delete', key }) as const);
      this.#apply({ author: SYSTEM, conditions: [], writes }, publish);
      this.#backend.deleteLease(lease);
    });
  }

  /** Nobody waits for an expiry, so a write that fails (disk full) is tried again. */
  #expire(lease: LeaseId): void {
    if (this.#closed) return;
    this.#endLease(lease).catch(() => {
      this.#options.clock.schedule(EXPIRY_RETRY_MS, () => this.#expire(lease));
    });
  }

  /** Runs `step` in the next batch and resolves with its answer once that is durable. */
  #enqueue<T>(step: (publish: (commit: Commit) => void) => T): Promise<T> {
    if (this.#pending.length >= MAX_PENDING_COMMITS) {
      throw new StoreError('unavailable', `${MAX_PENDING_COMMITS} commits are waiting; try again later`);
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({
        run: () => {
          const commits: Commit[] = [];
          const answer = step((commit) => commits.push(commit));
          return () => {
            for (const commit of commits) this.#hub.publish(commit);
            resolve(answer);
          };
        },
        fail: reject,
      });
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    this.#flushing = false;
    const steps = this.#pending;
    if (steps.length === 0 || this.#closed) return;
    this.#pending = [];
    let done: (() => void)[] = [];
    try {
      this.#backend.batch(() => {
        done = steps.map((step) => this.#attempt(step));
      });
    } catch (error) {
      for (const step of steps) step.fail(error);
      return;
    }
    for (const finish of done) finish();
    this.#trimByCount();
  }

  /** A step that is refused (lease gone) fails alone: it throws before it has written anything. */
  #attempt(step: Pending): () => void {
    try {
      return step.run();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'leaseGone') throw error;
      return () => step.fail(error);
    }
  }

  #trimByCount(): void {
    const keep = this.#options.retention.revisions;
    const revision = this.#backend.revision();
    if (keep === undefined || revision < this.#nextTrim) return;
    const slack = Math.max(1, Math.ceil(keep / 10));
    this.#nextTrim = this.#backend.compacted() + keep + slack;
    if (revision < this.#nextTrim) return;
    this.#nextTrim = revision + slack;
    // Should it fail (disk full), the next round tries again.
    this.compact((revision - keep) as Revision).catch(() => undefined);
  }

  #scheduleTrim(): void {
    const { ms } = this.#options.retention;
    if (ms === undefined) return;
    const { clock } = this.#options;
    this.#cancelTrim = clock.schedule(Math.max(1000, Math.ceil(ms / 10)), () => {
      const horizon = this.#backend.revisionBefore(clock.now() - ms);
      // Should it fail (disk full), the next round tries again.
      if (horizon > this.#backend.compacted()) this.compact(horizon).catch(() => undefined);
      this.#scheduleTrim();
    });
  }
}
