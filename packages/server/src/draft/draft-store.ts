import type {
  Author,
  CommitResult,
  Condition,
  LeaseId,
  Listing,
  ListOptions,
  Revision,
  Store,
  StoreEntry,
  Transaction,
  Watcher,
  Write,
} from '@midonet/store';
import { compareKeys } from '@midonet/store';
import { DraftConditions } from './draft-conditions.ts';
import { PendingKeys } from './pending-keys.ts';

/** Revisions that a draft gives its own entries: later than any that a store will reach. */
const PENDING = 2 ** 52;

/**
 * A store on which several transactions are tried out and committed as one. It reads as the store
 * below with what was written here; nothing reaches the store before `finish`, which commits only if
 * everything that the transactions relied on still holds there.
 */
export class DraftStore implements Store {
  readonly #base: Store;
  readonly #at: Revision | undefined;
  readonly #pending = new PendingKeys();
  readonly #cleared: string[] = [];
  readonly #conditions = new DraftConditions();
  #relying = false;
  #count = 0;

  /**
   * `at`: it reads the store below as it was then. A store in etcd asks a majority what is now, for each read,
   * and nobody for what was.
   */
  constructor(base: Store, at?: Revision) {
    this.#base = base;
    this.#at = at;
  }

  /** What is read meanwhile must still be so when the draft is committed. */
  async relyingOn<T>(read: () => Promise<T>): Promise<T> {
    const before = this.#relying;
    this.#relying = true;
    try {
      return await read();
    } finally {
      this.#relying = before;
    }
  }

  /** All of it in one transaction of the store below, or nothing. */
  finish({ user, from }: Author): Promise<CommitResult> {
    const writes: Write[] = this.#cleared.map((prefix) => ({ kind: 'deletePrefix', prefix }));
    for (const [key, value] of this.#pending.entries()) {
      if (value === 'deleted') writes.push({ kind: 'delete', key });
      else writes.push({ kind: 'put', key, value: value.value, lease: value.lease });
    }
    return this.#base.commit({ author: { user, from }, conditions: this.#conditions.all(), writes });
  }

  revision(): Promise<Revision> {
    return this.#at === undefined ? this.#base.revision() : Promise.resolve(this.#at);
  }

  async get(key: string, at?: Revision): Promise<StoreEntry | undefined> {
    if (at !== undefined) return this.#base.get(key, at);
    const own = this.#own(key);
    if (own !== undefined) return own === 'deleted' ? undefined : own;
    const entry = await this.#base.get(key, this.#at);
    if (this.#relying) this.#conditions.asRead(key, entry?.modified ?? 0);
    return entry;
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Listing> {
    if (options.at !== undefined) return this.#base.list(prefix, options);
    let after = options.after;
    let revision: Revision | undefined;
    for (;;) {
      const page = await this.#base.list(prefix, { limit: options.limit, after, at: this.#at });
      revision ??= page.revision;
      if (this.#relying) this.#conditions.asListed(prefix, page.revision);
      const last = page.entries.at(-1)?.key;
      const entries = this.#merge(prefix, after ?? '', page.more ? last : undefined, page.entries);
      after = last;
      // A page of which everything was deleted here is no end.
      if (entries.length > 0 || !page.more) return cut(entries, page.more, revision, options.limit);
    }
  }

  commit({ conditions, writes }: Transaction): Promise<CommitResult> {
    const failed = conditions.find((condition) => !this.#holds(condition));
    if (failed !== undefined) return Promise.resolve({ kind: 'conflict', condition: failed });
    for (const condition of conditions) if (!this.#isOwn(condition)) this.#conditions.add(condition);
    const revision = (PENDING + ++this.#count) as Revision; // counts up as a store's do
    for (const write of writes) this.#apply(write, revision);
    return Promise.resolve({ kind: 'committed', revision });
  }

  // The past is the store's.
  versions: Store['versions'] = (key, options) => this.#base.versions(key, options);
  event: Store['event'] = (revision) => this.#base.event(revision);
  revisionAt: Store['revisionAt'] = (time) => this.#base.revisionAt(time);

  watch(prefix: string, since: Revision, watcher: Watcher): Promise<() => void> {
    return this.#base.watch(prefix, since, watcher);
  }

  grantLease(ttlMs: number): Promise<LeaseId> {
    return this.#base.grantLease(ttlMs);
  }

  renewLease(lease: LeaseId): Promise<void> {
    return this.#base.renewLease(lease);
  }

  revokeLease(lease: LeaseId): Promise<void> {
    return this.#base.revokeLease(lease);
  }

  compact(revision: Revision): Promise<void> {
    return this.#base.compact(revision);
  }

  /** The store below belongs to others. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Undefined: untouched here, so the store below knows. */
  #own(key: string): StoreEntry | 'deleted' | undefined {
    return this.#pending.get(key) ?? (this.#cleared.some((prefix) => key.startsWith(prefix)) ? 'deleted' : undefined);
  }

  #isOwn(condition: Condition): boolean {
    return condition.kind !== 'unchangedSince' && this.#own(condition.key) !== undefined;
  }

  #holds(condition: Condition): boolean {
    if (condition.kind === 'unchangedSince') return true;
    const own = this.#own(condition.key);
    if (own === undefined) return true;
    if (condition.kind === 'exists') return own !== 'deleted';
    return condition.revision === (own === 'deleted' ? 0 : own.modified);
  }

  #apply(write: Write, revision: Revision): void {
    switch (write.kind) {
      case 'put': {
        const { key, value, lease } = write;
        this.#pending.set(key, { key, value, lease, created: revision, modified: revision });
        return;
      }
      case 'delete':
        this.#pending.set(write.key, 'deleted');
        return;
      case 'deletePrefix':
        this.#pending.clear(write.prefix);
        if (!this.#cleared.includes(write.prefix)) this.#cleared.push(write.prefix);
    }
  }

  /** Entries of the store with those of the draft, up to `last` where the store has more behind it. */
  #merge(prefix: string, after: string, last: string | undefined, entries: readonly StoreEntry[]): StoreEntry[] {
    const merged = entries.filter(({ key }) => this.#own(key) === undefined);
    for (const [key, value] of this.#pending.below(prefix, after)) {
      if (last !== undefined && compareKeys(key, last) > 0) break;
      if (value !== 'deleted') merged.push(value);
    }
    return merged.sort((a, b) => compareKeys(a.key, b.key));
  }
}

function cut(entries: readonly StoreEntry[], more: boolean, revision: Revision, limit: number | undefined): Listing {
  if (limit === undefined || entries.length <= limit) return { entries, revision, more };
  return { entries: entries.slice(0, limit), revision, more: true };
}
