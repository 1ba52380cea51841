import type { Backend, Commit, RangeOptions } from '../../core/backend.ts';
import { compareKeys } from '../../core/keys.ts';
import type { LeaseId, Revision, StoreChange, StoreEntry, StoreEvent, StoreVersion } from '../../store.ts';
import { SortedKeys } from './sorted-keys.ts';

/** A key at one revision; without an entry it was deleted then. */
type Version = { readonly revision: Revision; readonly entry: StoreEntry | undefined };

/** Every version of every key in the process's memory. A batch cannot fail here, so none is undone. */
export class MemoryBackend implements Backend {
  /** Versions of each key, oldest first. A key whose last version is a deletion stays until compaction. */
  readonly #versions = new Map<string, Version[]>();
  readonly #keys = new SortedKeys();
  readonly #leaseKeys = new Map<LeaseId, Set<string>>();
  /** Commits after `#compacted`, oldest first, without gaps. */
  #log: Commit[] = [];
  #revision: Revision;
  #compacted: Revision;

  /** Starts with these entries at that revision, its history before forgotten; empty at 0 without. */
  constructor(entries: readonly StoreEntry[] = [], revision = 0 as Revision) {
    this.#revision = revision;
    this.#compacted = revision;
    for (const entry of entries) {
      this.#versions.set(entry.key, [{ revision: entry.modified, entry }]);
      this.#keys.add(entry.key);
      this.#moveLease(entry.key, undefined, entry.lease);
    }
  }

  revision(): Revision {
    return this.#revision;
  }

  compacted(): Revision {
    return this.#compacted;
  }

  get(key: string, at: Revision | undefined): StoreEntry | undefined {
    const versions = this.#versions.get(key);
    if (versions === undefined) return undefined;
    if (at === undefined) return versions.at(-1)?.entry;
    return versions.findLast((version) => version.revision <= at)?.entry;
  }

  range(prefix: string, { after, limit, at }: RangeOptions): StoreEntry[] {
    const entries: StoreEntry[] = [];
    const start = after !== undefined && compareKeys(after, prefix) > 0 ? after : prefix;
    for (const key of this.#keys.from(start)) {
      if (!key.startsWith(prefix) || entries.length >= limit) break;
      const entry = key === after ? undefined : this.get(key, at);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  changedSince(prefix: string, since: Revision): boolean {
    for (let i = this.#log.length - 1; i >= 0; i--) {
      const commit = this.#log[i]!;
      if (commit.revision <= since) return false;
      if (commit.changes.some((change) => keyOf(change).startsWith(prefix))) return true;
    }
    return false;
  }

  history(prefix: string, since: Revision, limit: number): StoreEvent[] {
    const events: StoreEvent[] = [];
    for (let i = Math.max(0, since - this.#compacted); i < this.#log.length && events.length < limit; i++) {
      const commit = this.#log[i]!;
      const changes = commit.changes.filter((change) => keyOf(change).startsWith(prefix));
      if (changes.length > 0) events.push({ ...commit, changes });
    }
    return events;
  }

  versions(key: string, before: Revision | undefined, limit: number): StoreVersion[] {
    const versions = (this.#versions.get(key) ?? []).filter(
      ({ revision }) => before === undefined || revision < before,
    );
    return versions
      .slice(-limit)
      .reverse()
      .map(({ revision, entry }) => {
        const commit = this.#log[revision - this.#compacted - 1];
        return { revision, entry, at: commit?.at, author: commit?.author };
      });
  }

  keysOfLease(lease: LeaseId): string[] {
    return [...(this.#leaseKeys.get(lease) ?? [])];
  }

  revisionBefore(at: number): Revision {
    const first = this.#log.findIndex((commit) => commit.at >= at);
    return first < 0 ? this.#revision : ((this.#compacted + first) as Revision);
  }

  batch(work: () => void): void {
    work();
  }

  append(commit: Commit): void {
    for (const change of commit.changes) {
      const key = keyOf(change);
      const entry = change.kind === 'put' ? change.entry : undefined;
      let versions = this.#versions.get(key);
      if (versions === undefined) {
        this.#versions.set(key, (versions = []));
        this.#keys.add(key);
      }
      this.#moveLease(key, versions.at(-1)?.entry?.lease, entry?.lease);
      versions.push({ revision: commit.revision, entry });
    }
    this.#log.push(commit);
    this.#revision = commit.revision;
  }

  compact(revision: Revision): void {
    const forgotten = this.#log.splice(0, revision - this.#compacted);
    this.#compacted = revision;
    for (const key of new Set(forgotten.flatMap((commit) => commit.changes.map(keyOf)))) {
      const versions = this.#versions.get(key);
      if (versions === undefined) continue;
      const current = versions.findLastIndex((version) => version.revision <= revision);
      versions.splice(0, versions[current]?.entry === undefined ? current + 1 : current);
      if (versions.length > 0) continue;
      this.#versions.delete(key);
      this.#keys.delete(key);
    }
  }

  leases(): { id: LeaseId; ttlMs: number }[] {
    return [];
  }

  putLease(): void {
    // Leases live in the core's table; there is no next start to remember them for.
  }

  deleteLease(): void {
    // As above.
  }

  close(): void {
    this.#versions.clear();
    this.#log = [];
  }

  #moveLease(key: string, from: LeaseId | undefined, to: LeaseId | undefined): void {
    if (from === to) return;
    if (from !== undefined) {
      const keys = this.#leaseKeys.get(from);
      keys?.delete(key);
      if (keys?.size === 0) this.#leaseKeys.delete(from);
    }
    if (to === undefined) return;
    const keys = this.#leaseKeys.get(to);
    if (keys === undefined) this.#leaseKeys.set(to, new Set([key]));
    else keys.add(key);
  }
}

function keyOf(change: StoreChange): string {
  return change.kind === 'put' ? change.entry.key : change.key;
}
