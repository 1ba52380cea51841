import type { Author, LeaseId, Revision, StoreChange, StoreEntry, StoreEvent, StoreVersion } from '../store.ts';

/** One committed transaction with what it changed, one change a key, in key order. */
export type Commit = {
  readonly revision: Revision;
  readonly at: number;
  readonly author: Author;
  readonly changes: readonly StoreChange[];
};

export type RangeOptions = {
  readonly after: string | undefined;
  readonly limit: number;
  /** Not older than `compacted()`, not newer than `revision()`; undefined: now. */
  readonly at: Revision | undefined;
};

/**
 * What differs between drivers: versioned keys on some medium, synchronous and without policy. The
 * core (core-store.ts) adds conditions, leases, watches, bounds and group commit.
 */
export type Backend = {
  revision(): Revision;
  compacted(): Revision;
  get(key: string, at: Revision | undefined): StoreEntry | undefined;
  range(prefix: string, options: RangeOptions): StoreEntry[];
  /** True when a key below `prefix` was put or deleted after `since`; costs what happened since then. */
  changedSince(prefix: string, since: Revision): boolean;
  /** Up to `limit` commits after `since` with their changes below `prefix`, oldest first; those with none are left out. */
  history(prefix: string, since: Revision, limit: number): StoreEvent[];
  /** Up to `limit` versions of a key before a revision, newest first. */
  versions(key: string, before: Revision | undefined, limit: number): StoreVersion[];
  keysOfLease(lease: LeaseId): string[];
  /** The newest revision written before the given time; 0 when none. */
  revisionBefore(at: number): Revision;

  /** Runs `work`, whose appends become durable together when it returns. When it throws, none of them happened. */
  batch(work: () => void): void;
  append(commit: Commit): void;
  compact(revision: Revision): void;

  /** Leases as of the last close or crash, with their TTL. */
  leases(): { readonly id: LeaseId; readonly ttlMs: number }[];
  putLease(id: LeaseId, ttlMs: number): void;
  deleteLease(id: LeaseId): void;
  close(): void;
};
