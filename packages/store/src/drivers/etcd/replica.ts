import type { Commit } from '../../core/backend.ts';
import { WatchHub } from '../../core/watch-hub.ts';
import { StoreError, type LeaseId, type Revision } from '../../store.ts';
import { MemoryBackend } from '../memory/memory-backend.ts';
import type { Fence } from './fence.ts';
import type { Layout } from './layout.ts';
import type { KnownLease, Snapshot } from './loader.ts';
import { decodeLease, decodeRecord, decodeRevision } from './record.ts';
import type { EtcdEvent } from './rpc/messages.ts';

/** What one's own transaction did, once etcd has it. */
export type Applied = {
  readonly etcdRevision: number;
  readonly commits: readonly Commit[];
  readonly endedLeases: readonly LeaseId[];
  readonly compacted: Revision | undefined;
};

export type ReplicaEvents = {
  /** A lease or a session came or went: who looks after this lease may have changed. */
  onLeases(ids: Iterable<LeaseId>): void;
};

type Waiter = { readonly met: () => boolean; readonly resolve: () => void };

/**
 * The store as this controller has seen it: every read and every watcher is served from here, fed by
 * one watch of etcd and by the answers to one's own transactions. The two may come in either order;
 * the log's revisions tell what is there already.
 */
export class Replica {
  readonly #layout: Layout;
  readonly #fence: Fence;
  readonly #queueLimit: number;
  readonly #events: ReplicaEvents;
  #backend: MemoryBackend;
  #hub: WatchHub;
  #leases: Map<LeaseId, KnownLease>;
  /** Ended by an own transaction whose event is still to come: older events must not bring them back. */
  readonly #ended = new Set<LeaseId>();
  #sessions: Set<string>;
  #headMod: number;
  #seen: number;
  #waiters: Waiter[] = [];
  #broken: StoreError | undefined;
  /** Counts for the metrics: rebuilt from scratch because history had gone. */
  rebuilds = 0;

  constructor(
    snapshot: Snapshot,
    { layout, fence }: { layout: Layout; fence: Fence },
    queueLimit: number,
    events: ReplicaEvents,
  ) {
    this.#layout = layout;
    this.#fence = fence;
    this.#queueLimit = queueLimit;
    this.#events = events;
    this.#backend = backendOf(snapshot);
    this.#hub = new WatchHub(this.#backend, queueLimit);
    this.#leases = new Map(snapshot.leases);
    this.#sessions = new Set(snapshot.sessions);
    this.#headMod = snapshot.headMod;
    this.#seen = snapshot.etcdRevision;
  }

  get backend(): MemoryBackend {
    return this.#backend;
  }
  get hub(): WatchHub {
    return this.#hub;
  }
  get leases(): ReadonlyMap<LeaseId, KnownLease> {
    return this.#leases;
  }
  get sessions(): ReadonlySet<string> {
    return this.#sessions;
  }
  /** etcd's revision of the last change of `head`: what the next transaction compares. */
  get headMod(): number {
    return this.#headMod;
  }
  /** etcd's revision up to which all events of the watch are in. */
  get seen(): number {
    return this.#seen;
  }
  /** Set when the store in etcd is gone or not readable: nothing more can be served. */
  get broken(): StoreError | undefined {
    return this.#broken;
  }

  /**
   * Takes events of the watch, in their order. `whole` is false when more of the last revision follows.
   * False when the log has a gap, which only a fresh load closes.
   */
  onEvents(events: readonly EtcdEvent[], whole: boolean): boolean {
    try {
      for (const event of events) if (!this.#take(event)) return false;
    } catch (error) {
      this.#fail(error);
      return true;
    }
    const last = events.at(-1);
    if (last !== undefined) this.progress(Number(last.kv.mod_revision) - (whole ? 0 : 1));
    return true;
  }

  /** Nothing below the prefix is between what was seen and this revision of etcd. */
  progress(etcdRevision: number): void {
    if (etcdRevision > this.#seen) this.#seen = etcdRevision;
    this.#wake();
  }

  onApplied({ etcdRevision, commits, endedLeases, compacted }: Applied): void {
    for (const commit of commits) this.#append(commit);
    for (const id of endedLeases) {
      if (etcdRevision > this.#seen) this.#ended.add(id);
      this.#leases.delete(id);
    }
    if (compacted !== undefined) this.#compact(compacted);
    this.#headMod = Math.max(this.#headMod, etcdRevision);
    this.#events.onLeases(endedLeases);
    this.#wake();
  }

  /** A row of a lease as read or written at `row.mod`. */
  onLease(id: LeaseId, row: KnownLease): void {
    if (this.#ended.has(id) || row.mod <= (this.#leases.get(id)?.mod ?? 0)) return;
    this.#leases.set(id, row);
    this.#events.onLeases([id]);
  }

  /**
   * After the watch was away for longer than etcd remembers. What the log still has is caught up, and
   * no watcher notices; when it has not, they end with 'compacted'.
   */
  onReload(snapshot: Snapshot): void {
    try {
      this.#fence.check(snapshot.formatMod);
    } catch (error) {
      return this.#fail(error);
    }
    if (snapshot.headMod < this.#headMod) return; // read before what is here
    if (this.#backend.revision() < snapshot.compacted) {
      const before = this.#hub;
      this.#backend = backendOf(snapshot);
      this.#hub = new WatchHub(this.#backend, this.#queueLimit);
      this.rebuilds++;
      before.close('compacted');
    } else {
      for (const commit of snapshot.commits) this.#append(commit);
      this.#compact(snapshot.compacted);
    }
    const touched = new Set([...this.#leases.keys(), ...snapshot.leases.keys()]);
    this.#leases = new Map(snapshot.leases);
    this.#sessions = new Set(snapshot.sessions);
    this.#ended.clear();
    this.#headMod = snapshot.headMod;
    this.#events.onLeases(touched);
    this.progress(snapshot.etcdRevision);
  }

  /** Resolves when `head` as of that revision of etcd, or a later one, is in. */
  headReached(mod: number): Promise<void> {
    return this.#until(() => this.#headMod >= mod);
  }

  /** Resolves when all events up to that revision of etcd are in. */
  seenUpTo(mod: number): Promise<void> {
    return this.#until(() => this.#seen >= mod);
  }

  close(): void {
    this.#hub.close();
    this.#waiters = [];
  }

  #take({ type, kv }: EtcdEvent): boolean {
    const place = this.#layout.parse(kv.key);
    switch (place?.kind) {
      case 'log':
        if (type === 'DELETE' || place.revision <= this.#backend.revision()) return true;
        if (place.revision !== this.#backend.revision() + 1) return false;
        this.#append(decodeRecord(place.revision, kv.value).commit);
        return true;
      case 'head':
        if (type === 'DELETE') throw new StoreError('corrupt', 'the store was deleted from etcd; restart');
        if (decodeRevision('head', kv.value) > this.#backend.revision()) return false;
        this.#headMod = Math.max(this.#headMod, Number(kv.mod_revision));
        return true;
      case 'compacted':
        if (type === 'PUT') this.#compact(decodeRevision('compacted', kv.value));
        return true;
      case 'lease':
        if (type === 'PUT') {
          this.onLease(place.id, { ...decodeLease(place.id, kv.value), mod: Number(kv.mod_revision) });
          return true;
        }
        this.#ended.delete(place.id);
        if (this.#leases.delete(place.id)) this.#events.onLeases([place.id]);
        return true;
      case 'session':
        if (type === 'PUT') this.#sessions.add(place.id);
        else this.#sessions.delete(place.id);
        this.#events.onLeases(this.#ownedBy(place.id));
        return true;
      case 'format':
        this.#fence.check(type === 'DELETE' ? 0 : Number(kv.mod_revision));
        return true;
      case 'data':
      case undefined:
        return true;
    }
  }

  #append(commit: Commit): void {
    if (commit.revision !== this.#backend.revision() + 1) return;
    this.#backend.append(commit);
    this.#hub.publish(commit);
  }

  #compact(revision: Revision): void {
    const backend = this.#backend;
    if (revision > backend.compacted() && revision <= backend.revision()) backend.compact(revision);
  }

  #ownedBy(session: string): LeaseId[] {
    return [...this.#leases].filter(([, row]) => row.owner === session).map(([id]) => id);
  }

  #fail(error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    this.#broken = error;
    this.#hub.close();
    this.#wake();
  }

  #until(met: () => boolean): Promise<void> {
    if (met() || this.#broken !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ met, resolve }));
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const all = this.#broken !== undefined;
    const due = this.#waiters.filter(({ met }) => all || met());
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}

function backendOf({ base, compacted, commits }: Snapshot): MemoryBackend {
  const backend = new MemoryBackend(base, compacted);
  for (const commit of commits) backend.append(commit);
  return backend;
}
