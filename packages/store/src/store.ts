/**
 * Where the topology is kept. The semantics are etcd's: one revision for the whole store, counting
 * up by one with every committed transaction; everything above the store works the same on any driver.
 */
export type Revision = number & { readonly __brand: 'Revision' };
export type LeaseId = string & { readonly __brand: 'LeaseId' };

/** Who wrote, kept with every revision: history is a feature. */
export type Author = { readonly user: string; readonly from?: string | undefined };

export type StoreEntry = {
  readonly key: string;
  /** JSON text. Drivers never look inside. */
  readonly value: string;
  readonly created: Revision;
  readonly modified: Revision;
  readonly lease?: LeaseId | undefined;
};

/** Must hold for the transaction to commit. `modified: 0` means "does not exist". */
export type Condition =
  | { readonly kind: 'modified'; readonly key: string; readonly revision: Revision | 0 }
  | { readonly kind: 'exists'; readonly key: string }
  /** No key below `prefix` was written after `revision`: guards reads of whole collections. */
  | { readonly kind: 'unchangedSince'; readonly prefix: string; readonly revision: Revision };

export type Write =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: LeaseId | undefined }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'deletePrefix'; readonly prefix: string };

export type Transaction = {
  readonly author: Author;
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
};

export type CommitResult =
  | { readonly kind: 'committed'; readonly revision: Revision }
  /** A condition did not hold; nothing was written. */
  | { readonly kind: 'conflict'; readonly condition: Condition };

export type StoreChange =
  | { readonly kind: 'put'; readonly entry: StoreEntry }
  | { readonly kind: 'delete'; readonly key: string };

/** All changes of one revision that fall below the watched prefix, in one piece. */
export type StoreEvent = {
  readonly revision: Revision;
  readonly at: number;
  readonly author: Author;
  readonly changes: readonly StoreChange[];
};

export type Watcher = {
  onEvent(event: StoreEvent): void;
  /**
   * Back-pressure, optional: asked after each event; the next one is delivered when the promise
   * resolves. Meanwhile events wait in a bounded queue, and the watch ends with 'overflow' when it is full.
   */
  drained?(): Promise<void> | undefined;
  /** The watch ended and will deliver nothing more: resync from a fresh list, or give up. */
  onEnd(reason: 'compacted' | 'overflow' | 'closed'): void;
};

export type ListOptions = {
  readonly limit?: number | undefined;
  /** Exclusive: start behind this key. */
  readonly after?: string | undefined;
  /** Read the store as it was at this revision; StoreError 'compacted' when that is forgotten, 'invalid' when it is yet to come. */
  readonly at?: Revision | undefined;
};

/** What a key held from one revision on; without an entry it was deleted then. */
export type StoreVersion = {
  readonly revision: Revision;
  /** When and by whom; undefined where that is forgotten and only the value is kept. */
  readonly at: number | undefined;
  readonly author: Author | undefined;
  readonly entry: StoreEntry | undefined;
};

export type VersionOptions = {
  readonly limit: number;
  /** Exclusive: only what was written before this revision. */
  readonly before?: Revision | undefined;
};

export type Listing = { readonly entries: readonly StoreEntry[]; readonly revision: Revision; readonly more: boolean };

/**
 * compacted: that history is forgotten · leaseGone: expired, revoked or never granted · closed: used
 * after close · corrupt: the file is damaged or not ours · tooLarge: beyond the bounds of limits.ts ·
 * invalid: a key, revision or TTL that cannot be · unavailable: try again (busy, disk full, in use).
 */
export type StoreErrorCode = 'compacted' | 'leaseGone' | 'closed' | 'corrupt' | 'tooLarge' | 'invalid' | 'unavailable';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** A newer program rewrites the store: this one can go on only when it is upgraded, too. */
export class StoreUpgraded extends StoreError {
  constructor(message: string) {
    super('unavailable', message);
  }
}

/** There is no room for what was to be written; what is there can be read. `remedy` is good for anybody's eyes. */
export class StoreFull extends StoreError {
  readonly remedy: string;
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super('unavailable', `${message}. ${remedy}`, options);
    this.remedy = remedy;
  }
}

export type Store = {
  revision(): Promise<Revision>;
  get(key: string, at?: Revision): Promise<StoreEntry | undefined>;
  /** Entries below `prefix` in key order. */
  list(prefix: string, options?: ListOptions): Promise<Listing>;
  /** What a key held, newest first, as far back as history is kept. */
  versions(key: string, options: VersionOptions): Promise<readonly StoreVersion[]>;
  /** All that one revision changed; 'compacted' when that is forgotten, undefined when there was no such revision yet. */
  event(revision: Revision): Promise<StoreEvent | undefined>;
  /**
   * The revision that was the current one at a time, in milliseconds since the epoch. StoreError 'compacted'
   * when that is forgotten, 'invalid' when it is yet to come.
   */
  revisionAt(time: number): Promise<Revision>;
  /**
   * Atomic and durable when it resolves as committed. Writes apply in order; deleting what does not
   * exist changes nothing. A transaction that changes nothing takes no revision and returns the current one.
   * An 'unchangedSince' older than the compacted history cannot be proved and conflicts.
   */
  commit(transaction: Transaction): Promise<CommitResult>;
  /** Every event with revision > `since`, in order, none twice. Returns a function that stops it. */
  watch(prefix: string, since: Revision, watcher: Watcher): Promise<() => void>;
  /** Keys put with the lease are deleted (as one revision) when it is revoked or not renewed for `ttlMs`. */
  grantLease(ttlMs: number): Promise<LeaseId>;
  /** Throws StoreError 'leaseGone' when it has expired. */
  renewLease(lease: LeaseId): Promise<void>;
  revokeLease(lease: LeaseId): Promise<void>;
  /**
   * Forgets what was before `revision`: reads at an older revision and watches since an older one get
   * 'compacted'; reads at it and watches since it still work. Later than the current revision means the current one.
   */
  compact(revision: Revision): Promise<void>;
  close(): Promise<void>;
};
