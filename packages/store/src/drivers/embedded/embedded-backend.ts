import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Backend, Commit, RangeOptions } from '../../core/backend.ts';
import { prefixEnd } from '../../core/keys.ts';
import { StoreError, type Author, type LeaseId, type Revision, type StoreChange } from '../../store.ts';
import type { StoreEntry, StoreEvent, StoreVersion } from '../../store.ts';
import { openDatabase } from './database-file.ts';
import { sqliteCall } from './sqlite-errors.ts';
import { prepareStatements, type Statements } from './statements.ts';

type Row = Record<string, SQLOutputValue>;

/** Sorts behind every text in SQLite, so it ends a range that has no last key. */
const BEHIND_ALL = new Uint8Array(0);

/** The versioned keys in one SQLite file, write-ahead logged; a batch is one SQLite transaction and one flush. */
export class EmbeddedBackend implements Backend {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #sql: Statements;
  #revision: Revision;
  #compacted: Revision;
  /** Set when a rollback failed: what the connection then believes cannot be trusted. */
  #failed = false;

  constructor(file: string) {
    this.#file = file;
    this.#database = openDatabase(file);
    try {
      this.#sql = sqliteCall(file, () => prepareStatements(this.#database));
      this.#compacted = Number(this.#ask(() => this.#sql.compacted.get())?.['revision']) as Revision;
      this.#revision = this.#lastRevision();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  revision(): Revision {
    return this.#revision;
  }

  compacted(): Revision {
    return this.#compacted;
  }

  get(key: string, at: Revision | undefined): StoreEntry | undefined {
    const row = this.#ask(() => (at === undefined ? this.#sql.get.get(key) : this.#sql.getAt.get({ key, at })));
    return row === undefined ? undefined : entryOf(row);
  }

  range(prefix: string, { after, limit, at }: RangeOptions): StoreEntry[] {
    const { start, end } = bounds(prefix);
    const range = {
      start: after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0 ? start : after,
      end,
      after: after ?? BEHIND_ALL,
      limit: Number.isFinite(limit) ? limit : -1,
    };
    const rows = this.#ask(() =>
      at === undefined ? this.#sql.range.all(range) : this.#sql.rangeAt.all({ ...range, at }),
    );
    return rows.map(entryOf);
  }

  changedSince(prefix: string, since: Revision): boolean {
    if (since >= this.#revision) return false;
    return this.#ask(() => this.#sql.changedSince.get({ ...bounds(prefix), since })) !== undefined;
  }

  history(prefix: string, since: Revision, limit: number): StoreEvent[] {
    const range = bounds(prefix);
    return this.#ask(() =>
      this.#sql.revisionsSince.all({ ...range, since, limit }).map((row) => ({
        revision: Number(row['revision']) as Revision,
        at: Number(row['at']),
        author: authorOf(row),
        changes: this.#sql.changesOf.all({ ...range, revision: Number(row['revision']) }).map(changeOf),
      })),
    );
  }

  versions(key: string, before: Revision | undefined, limit: number): StoreVersion[] {
    const range = { key, before: before ?? Number.MAX_SAFE_INTEGER, limit };
    return this.#ask(() => this.#sql.versions.all(range)).map((row) => ({
      revision: Number(row['modified']) as Revision,
      at: row['at'] === null ? undefined : Number(row['at']),
      author: row['user'] === null ? undefined : authorOf(row),
      entry: row['value'] === null ? undefined : entryOf(row),
    }));
  }

  keysOfLease(lease: LeaseId): string[] {
    return this.#ask(() => this.#sql.keysOfLease.all(lease)).map((row) => String(row['key']));
  }

  revisionBefore(at: number): Revision {
    const row = this.#ask(() => this.#sql.revisionBefore.get(at));
    return (row === undefined ? this.#revision : Number(row['revision']) - 1) as Revision;
  }

  batch(work: () => void): void {
    const revision = this.#revision;
    const compacted = this.#compacted;
    this.#ask(() => this.#sql.begin.run());
    try {
      work();
      this.#ask(() => this.#sql.commit.run());
    } catch (error) {
      this.#revision = revision;
      this.#compacted = compacted;
      this.#undo();
      throw error;
    }
  }

  append({ revision, at, author, changes }: Commit): void {
    this.#ask(() => {
      this.#sql.putRevision.run(revision, at, author.user, author.from ?? null);
      for (const change of changes) {
        if (change.kind === 'delete') {
          this.#sql.deleteEntry.run(change.key);
          this.#sql.putChange.run(change.key, revision, null, null, null);
          continue;
        }
        const { key, value, created, lease } = change.entry;
        this.#sql.putEntry.run(key, value, created, revision, lease ?? null);
        this.#sql.putChange.run(key, revision, created, value, lease ?? null);
      }
    });
    this.#revision = revision;
  }

  compact(revision: Revision): void {
    const window = { from: this.#compacted, to: revision };
    this.#ask(() => {
      this.#sql.forgetReplaced.run(window);
      this.#sql.forgetDeleted.run(window);
      this.#sql.forgetRevisions.run({ to: revision });
      this.#sql.setCompacted.run({ to: revision });
    });
    this.#compacted = revision;
  }

  leases(): { id: LeaseId; ttlMs: number }[] {
    const rows = this.#ask(() => this.#sql.leases.all());
    return rows.map((row) => ({ id: String(row['id']) as LeaseId, ttlMs: Number(row['ttl_ms']) }));
  }

  putLease(id: LeaseId, ttlMs: number): void {
    this.#ask(() => this.#sql.putLease.run(id, ttlMs));
  }

  deleteLease(id: LeaseId): void {
    this.#ask(() => this.#sql.deleteLease.run(id));
  }

  close(): void {
    sqliteCall(this.#file, () => this.#database.close());
  }

  #lastRevision(): Revision {
    const last = Number(this.#ask(() => this.#sql.last.get())?.['revision'] ?? 0);
    return Math.max(last, this.#compacted) as Revision;
  }

  #undo(): void {
    try {
      if (this.#database.isTransaction) this.#sql.rollback.run();
    } catch {
      this.#failed = true;
    }
  }

  #ask<T>(call: () => T): T {
    if (this.#failed) {
      throw new StoreError('unavailable', `store file ${this.#file}: an earlier failure could not be undone; restart`);
    }
    return sqliteCall(this.#file, call);
  }
}

function bounds(prefix: string): { start: string; end: string | Uint8Array } {
  return { start: prefix, end: prefixEnd(prefix) ?? BEHIND_ALL };
}

function authorOf(row: Row): Author {
  return { user: String(row['user']), ...(typeof row['origin'] === 'string' && { from: row['origin'] }) };
}

function entryOf(row: Row): StoreEntry {
  return {
    key: String(row['key']),
    value: String(row['value']),
    created: Number(row['created']) as Revision,
    modified: Number(row['modified']) as Revision,
    ...(typeof row['lease'] === 'string' && { lease: row['lease'] as LeaseId }),
  };
}

function changeOf(row: Row): StoreChange {
  return row['value'] === null ? { kind: 'delete', key: String(row['key']) } : { kind: 'put', entry: entryOf(row) };
}
