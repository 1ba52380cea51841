import type { Clock } from '../../clock.ts';
import type { Retention } from '../../core/core-store.ts';
import { eventOf, revisionAt } from '../../core/look-back.ts';
import { checkTransaction, failedCondition, netChanges } from '../../core/transaction.ts';
import { readingSince } from '../../reading.ts';
import { StoreError, StoreFull, type CommitResult, type LeaseId, type Listing, type ListOptions } from '../../store.ts';
import type { Revision, Store, StoreEntry, StoreEvent, StoreVersion } from '../../store.ts';
import type { Transaction, VersionOptions, Watcher } from '../../store.ts';
import type { MemoryBackend } from '../memory/memory-backend.ts';
import { CommitQueue } from './commit-queue.ts';
import { Compactor } from './compactor.ts';
import type { Draft } from './draft.ts';
import type { Fence } from './fence.ts';
import { Freshness } from './freshness.ts';
import type { Layout } from './layout.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { loadSnapshot, type Snapshot } from './loader.ts';
import { Replica } from './replica.ts';
import type { Connection } from './rpc/connection.ts';
import { storeErrorOf } from './rpc/rpc-error.ts';
import type { Session } from './session.ts';
import { WatchFeed } from './watch-feed.ts';

export type EtcdCoreOptions = {
  readonly clock: Clock;
  readonly retention: Retention;
  readonly watchQueue: number;
  /** How long a call may try before it fails with 'unavailable'. */
  readonly operationMs: number;
};

/** For the metrics and for operators. */
export type EtcdStatus = {
  readonly endpoint: string;
  readonly seen: number;
  readonly watchesOpened: number;
  readonly rebuilds: number;
  readonly conflicts: number;
  readonly lastWatchError: string | undefined;
};

const EXPIRY_RETRY_MS = 1000;
/** Worth waiting for etcd when closing; it ends the session by itself. */
const GOODBYE_MS = 2000;

/** The author of changes that the store makes by itself. */
const SYSTEM = { user: 'system', from: 'lease end' } as const;

/** The Store over etcd: reads and watches from the replica, commits through the queue, one watch of etcd. */
export class EtcdStore implements Store {
  readonly #options: EtcdCoreOptions;
  readonly #connection: Connection;
  readonly #replica: Replica;
  readonly #feed: WatchFeed;
  readonly #freshness: Freshness;
  readonly #queue: CommitQueue;
  readonly #leases: LeaseKeeper;
  readonly #session: Session;
  readonly #compactor: Compactor;
  #closed = false;
  #nextTrim = 0;
  #cancelTrim: (() => void) | undefined;

  constructor(
    modules: { connection: Connection; layout: Layout; fence: Fence; session: Session; snapshot: Snapshot },
    options: EtcdCoreOptions,
  ) {
    const { connection, layout, fence, session, snapshot } = modules;
    const { operationMs } = options;
    this.#options = options;
    this.#connection = connection;
    this.#session = session;
    const replica = new Replica(snapshot, { layout, fence }, options.watchQueue, {
      onLeases: (ids) => this.#leases.consider(ids),
    });
    this.#replica = replica;
    this.#feed = new WatchFeed(connection, layout.everything, {
      seen: () => replica.seen,
      onEvents: (events, whole) => replica.onEvents(events, whole),
      onProgress: (revision) => replica.progress(revision),
      reload: async () => replica.onReload(await loadSnapshot(connection, layout, this.#deadline())),
    });
    const freshness = new Freshness({ connection, layout, replica, feed: this.#feed });
    this.#freshness = freshness;
    const onBatch = () => this.#trimByCount();
    this.#queue = new CommitQueue({ connection, layout, fence, replica, freshness, onBatch }, operationMs);
    const onExpire = (id: LeaseId) => this.#expire(id);
    const { clock } = options;
    this.#leases = new LeaseKeeper({ connection, layout, fence, replica, freshness, clock, session, onExpire });
    this.#compactor = new Compactor({ connection, layout, fence }, { stepMs: operationMs, seen: () => replica.seen });
    void this.#feed.run();
    if (snapshot.unfolded) this.#compactor.fold(); // whoever forgot it ended before it was done
    this.#scheduleTrim();
  }

  status(): EtcdStatus {
    return {
      endpoint: this.#connection.endpoint,
      seen: this.#replica.seen,
      watchesOpened: this.#feed.opened,
      rebuilds: this.#replica.rebuilds,
      conflicts: this.#queue.conflicts,
      lastWatchError: this.#feed.lastError,
    };
  }

  async revision(): Promise<Revision> {
    return (await this.#current()).revision();
  }

  async get(key: string, at?: Revision): Promise<StoreEntry | undefined> {
    const backend = await this.#readable(at);
    return backend.get(key, at === backend.revision() ? undefined : at);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Listing> {
    const backend = await this.#readable(options.at);
    const at = options.at === backend.revision() ? undefined : options.at;
    const limit = options.limit ?? Infinity;
    const entries = backend.range(prefix, { after: options.after, limit: limit + 1, at });
    const more = entries.length > limit;
    if (more) entries.pop();
    return { entries, revision: at ?? backend.revision(), more };
  }

  async versions(key: string, { limit, before }: VersionOptions): Promise<StoreVersion[]> {
    return (await this.#current()).versions(key, before, limit);
  }

  async event(revision: Revision): Promise<StoreEvent | undefined> {
    return eventOf(await this.#having(revision), revision);
  }

  async revisionAt(time: number): Promise<Revision> {
    return revisionAt(await this.#current(), time, this.#options.clock.now());
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    this.#open();
    checkTransaction(transaction);
    const at = this.#options.clock.now();
    const hangsOn = transaction.writes.flatMap((write) => (write.kind === 'put' && write.lease) || []);
    const unknown = hangsOn.filter((id) => !this.#replica.leases.has(id));
    if (unknown.length > 0) await this.#translated(this.#leases.learn(new Set(unknown), this.#deadline()));
    return this.#queue.add((draft) => this.#apply(draft, transaction, at));
  }

  async watch(prefix: string, since: Revision, watcher: Watcher): Promise<() => void> {
    this.#open();
    if (since > this.#replica.backend.revision()) {
      const revision = (await this.#current()).revision();
      if (since > revision) throw new StoreError('invalid', `watch since ${since}, but the store is at ${revision}`);
    }
    if (since < this.#replica.backend.compacted()) {
      queueMicrotask(() => watcher.onEnd('compacted'));
      return () => undefined;
    }
    return this.#replica.hub.add(prefix, since, watcher);
  }

  async grantLease(ttlMs: number): Promise<LeaseId> {
    this.#open();
    return this.#translated(this.#leases.grant(ttlMs, this.#deadline()));
  }

  async renewLease(lease: LeaseId): Promise<void> {
    this.#open();
    await this.#translated(this.#leases.renew(lease, this.#deadline()));
  }

  async revokeLease(lease: LeaseId): Promise<void> {
    this.#open();
    await this.#translated(this.#leases.learn([lease], this.#deadline()));
    await this.#queue.add((draft) => {
      const row = this.#replica.leases.get(lease);
      if (row !== undefined) this.#end(draft, lease, row.mod);
    });
  }

  async compact(revision: Revision): Promise<void> {
    this.#open();
    const moved = await this.#queue.add((draft) => {
      const target = Math.min(revision, draft.revision()) as Revision; // brand: one of two revisions
      if (target <= draft.compacted()) return false;
      draft.compactTo = target;
      return true;
    });
    if (moved) this.#compactor.fold();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTrim?.();
    await this.#queue.drained();
    this.#leases.close();
    this.#feed.close();
    this.#replica.close();
    await this.#compactor.close();
    await this.#session.close(performance.now() + GOODBYE_MS);
    this.#connection.close();
  }

  #open(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    if (this.#replica.broken !== undefined) throw this.#replica.broken;
  }

  #deadline(): number {
    return performance.now() + this.#options.operationMs;
  }

  /** The replica, with all that was committed before this call, or before the reading that it is part of. */
  async #current(): Promise<MemoryBackend> {
    this.#open();
    await this.#freshness.since(readingSince(), this.#deadline());
    this.#open();
    return this.#replica.backend;
  }

  /** The past does not change: what is here already is read without asking etcd. */
  async #having(at: Revision | undefined): Promise<MemoryBackend> {
    this.#open();
    const here = at !== undefined && at <= this.#replica.backend.revision();
    return here ? this.#replica.backend : this.#current();
  }

  async #readable(at: Revision | undefined): Promise<MemoryBackend> {
    const backend = await this.#having(at);
    if (at === undefined) return backend;
    if (at > backend.revision()) {
      throw new StoreError('invalid', `revision ${at} is yet to come, the store is at ${backend.revision()}`);
    }
    if (at < backend.compacted()) {
      throw new StoreError('compacted', `revision ${at} is forgotten, the oldest kept is ${backend.compacted()}`);
    }
    return backend;
  }

  #apply(draft: Draft, transaction: Transaction, at: number): CommitResult {
    const condition = failedCondition(draft, transaction.conditions);
    if (condition !== undefined) return { kind: 'conflict', condition };
    const revision = (draft.revision() + 1) as Revision; // brand: the next one
    const lives = (lease: LeaseId) => this.#leases.lives(lease) && !draft.endedLeases.has(lease);
    const changes = netChanges(draft, transaction, revision, lives);
    if (changes.length === 0) return { kind: 'committed', revision: draft.revision() };
    draft.append({ revision, at, author: transaction.author, changes });
    return { kind: 'committed', revision };
  }

  #end(draft: Draft, lease: LeaseId, mod: number): void {
    if (draft.endedLeases.has(lease)) return;
    draft.roomForLease();
    const writes = draft.keysOfLease(lease).map((key) => ({ kind: 'delete', key }) as const);
    this.#apply(draft, { author: SYSTEM, conditions: [], writes }, this.#options.clock.now());
    draft.endLease(lease, mod);
  }

  /** Nobody waits for an expiry, so when etcd is away it is tried again. */
  #expire(lease: LeaseId): void {
    if (this.#closed) return;
    const ending = this.#queue.add((draft) => {
      const row = this.#leases.expired(lease);
      if (row !== undefined) this.#end(draft, lease, row.mod);
    });
    ending.catch((error: unknown) => {
      // Whoever renews elsewhere needs room for that: a full etcd ends nobody's lease.
      if (error instanceof StoreFull) this.#leases.again(lease);
      else this.#options.clock.schedule(EXPIRY_RETRY_MS, () => this.#expire(lease));
    });
  }

  #trimByCount(): void {
    const keep = this.#options.retention.revisions;
    const revision = this.#replica.backend.revision();
    if (this.#closed || keep === undefined || revision < this.#nextTrim) return;
    const slack = Math.max(1, Math.ceil(keep / 10));
    this.#nextTrim = this.#replica.backend.compacted() + keep + slack;
    if (revision < this.#nextTrim) return;
    this.#nextTrim = revision + slack;
    // Should it fail, the next round tries again.
    this.compact((revision - keep) as Revision).catch(() => undefined);
  }

  #scheduleTrim(): void {
    const { ms } = this.#options.retention;
    if (ms === undefined) return;
    const { clock } = this.#options;
    this.#cancelTrim = clock.schedule(Math.max(1000, Math.ceil(ms / 10)), () => {
      const { backend } = this.#replica;
      const horizon = backend.revisionBefore(clock.now() - ms);
      if (horizon > backend.compacted()) this.compact(horizon).catch(() => undefined);
      this.#scheduleTrim();
    });
  }

  async #translated<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw storeErrorOf(error);
    }
  }
}
