import type { Commit, RangeOptions } from '../../core/backend.ts';
import { compareKeys } from '../../core/keys.ts';
import type { Present } from '../../core/present.ts';
import { StoreError, type LeaseId, type Revision, type StoreEntry } from '../../store.ts';
import { encodeRecord } from './record.ts';
import type { Replica } from './replica.ts';

/** etcd takes 128 operations a transaction by default: these, the leases' and the head's. */
const MAX_RECORDS = 100;
/** etcd takes 1.5 MiB a request by default; some of it is not ours. */
const MAX_BYTES = 1_400_000;
/** A batch is closed here, so that many small commits do not make one slow request. */
const BATCH_BYTES = 512 * 1024;

/** Thrown by a step that finds no more room: it belongs to the next batch. */
export class DraftFull extends Error {}

/**
 * The commits of one batch before etcd has them: each is judged by the store as it will be behind
 * those before it. The whole is one transaction of etcd, which holds only while nobody else moved `head`.
 */
export class Draft implements Present {
  readonly batch: string;
  readonly headMod: number;
  readonly records: { readonly commit: Commit; readonly bytes: Buffer }[] = [];
  /** Leases that end with this batch, with etcd's revision of their rows. */
  readonly endedLeases = new Map<LeaseId, number>();
  compactTo: Revision | undefined;
  readonly #replica: Replica;
  readonly #changed = new Map<string, StoreEntry | undefined>();
  #revision: Revision;
  #bytes = 0;

  constructor(replica: Replica, batch: string) {
    this.#replica = replica;
    this.batch = batch;
    this.headMod = replica.headMod;
    this.#revision = replica.backend.revision();
  }

  get empty(): boolean {
    return this.records.length === 0 && this.endedLeases.size === 0 && this.compactTo === undefined;
  }

  revision(): Revision {
    return this.#revision;
  }

  compacted(): Revision {
    return this.compactTo ?? this.#replica.backend.compacted();
  }

  get(key: string, at: Revision | undefined): StoreEntry | undefined {
    if (at === undefined && this.#changed.has(key)) return this.#changed.get(key);
    return this.#replica.backend.get(key, at);
  }

  range(prefix: string, options: RangeOptions): StoreEntry[] {
    const stored = this.#replica.backend.range(prefix, options);
    const changed = [...this.#changed].filter(([key]) => key.startsWith(prefix));
    if (changed.length === 0) return stored;
    const now = new Map(stored.map((entry) => [entry.key, entry]));
    for (const [key, entry] of changed) {
      if (entry === undefined) now.delete(key);
      else now.set(key, entry);
    }
    return [...now.values()].sort((a, b) => compareKeys(a.key, b.key));
  }

  changedSince(prefix: string, since: Revision): boolean {
    for (const { commit } of this.records) {
      if (commit.revision <= since) continue;
      if (commit.changes.some((change) => keyOf(change).startsWith(prefix))) return true;
    }
    return this.#replica.backend.changedSince(prefix, since);
  }

  keysOfLease(lease: LeaseId): string[] {
    const stored = this.#replica.backend.keysOfLease(lease).filter((key) => !this.#changed.has(key));
    const added = [...this.#changed].filter(([, entry]) => entry?.lease === lease).map(([key]) => key);
    return [...stored, ...added];
  }

  /** Throws DraftFull, or StoreError 'tooLarge' for what fits no transaction of etcd. */
  append(commit: Commit): void {
    const bytes = encodeRecord(this.batch, commit);
    if (bytes.length > MAX_BYTES) {
      throw new StoreError(
        'tooLarge',
        `a transaction of ${commit.changes.length} changes comes to ${bytes.length} bytes, and etcd takes ${MAX_BYTES} at once; write it in parts`,
      );
    }
    if (!this.empty && this.#bytes + bytes.length > BATCH_BYTES) throw new DraftFull();
    if (this.records.length >= MAX_RECORDS) throw new DraftFull();
    this.#bytes += bytes.length;
    this.records.push({ commit, bytes });
    this.#revision = commit.revision;
    for (const change of commit.changes) {
      this.#changed.set(keyOf(change), change.kind === 'put' ? change.entry : undefined);
    }
  }

  /** Each ended lease takes an operation, a comparison and a look at its row. */
  endLease(id: LeaseId, mod: number): void {
    this.endedLeases.set(id, mod);
  }

  roomForLease(): void {
    if (this.endedLeases.size >= 20) throw new DraftFull();
  }
}

function keyOf(change: Commit['changes'][number]): string {
  return change.kind === 'put' ? change.entry.key : change.key;
}
