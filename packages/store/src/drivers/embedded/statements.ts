import type { DatabaseSync } from 'node:sqlite';

const ENTRY = 'key, value, created, modified, lease';

/** The version of each key that was current at a revision, deletions left out. */
const AT = `
  SELECT key, value, created, revision AS modified, lease FROM changes c
  WHERE c.value IS NOT NULL
    AND c.revision = (SELECT max(l.revision) FROM changes l WHERE l.key = c.key AND l.revision <= :at)`;

/** A key range is [start, end) or (start, end); an absent end is a blob, which sorts behind all text. */
const RANGE = 'key >= :start AND key < :end AND key <> :after';

export type Statements = ReturnType<typeof prepareStatements>;

/** Everything the driver ever asks, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    get: prepare(`SELECT ${ENTRY} FROM entries WHERE key = ?`),
    getAt: prepare(`${AT} AND key = :key`),
    range: prepare(`SELECT ${ENTRY} FROM entries WHERE ${RANGE} ORDER BY key LIMIT :limit`),
    rangeAt: prepare(`${AT} AND ${RANGE} ORDER BY key LIMIT :limit`),
    changedSince: prepare(`
      SELECT 1 FROM changes INDEXED BY changes_revision
      WHERE revision > :since AND key >= :start AND key < :end LIMIT 1`),
    revisionsSince: prepare(`
      SELECT r.revision, r.at, r.user, r.origin FROM revisions r WHERE r.revision > :since
        AND EXISTS (SELECT 1 FROM changes c INDEXED BY changes_revision
                    WHERE c.revision = r.revision AND c.key >= :start AND c.key < :end)
      ORDER BY r.revision LIMIT :limit`),
    changesOf: prepare(`
      SELECT key, value, created, revision AS modified, lease FROM changes INDEXED BY changes_revision
      WHERE revision = :revision AND key >= :start AND key < :end ORDER BY key`),
    versions: prepare(`
      SELECT c.key, c.value, c.created, c.revision AS modified, c.lease, r.at, r.user, r.origin
      FROM changes c LEFT JOIN revisions r ON r.revision = c.revision
      WHERE c.key = :key AND c.revision < :before ORDER BY c.revision DESC LIMIT :limit`),
    keysOfLease: prepare('SELECT key FROM entries WHERE lease = ?'),
    revisionBefore: prepare('SELECT revision FROM revisions WHERE at >= ? ORDER BY revision LIMIT 1'),
    last: prepare('SELECT max(revision) AS revision FROM revisions'),
    compacted: prepare('SELECT revision FROM compaction'),
    putEntry: prepare(`INSERT OR REPLACE INTO entries (${ENTRY}) VALUES (?, ?, ?, ?, ?)`),
    deleteEntry: prepare('DELETE FROM entries WHERE key = ?'),
    putChange: prepare('INSERT INTO changes (key, revision, created, value, lease) VALUES (?, ?, ?, ?, ?)'),
    putRevision: prepare('INSERT INTO revisions (revision, at, user, origin) VALUES (?, ?, ?, ?)'),
    /** Versions that a newer one, also to be forgotten, has replaced. */
    forgetReplaced: prepare(`
      DELETE FROM changes WHERE (key, revision) IN (
        SELECT o.key, o.revision FROM changes n INDEXED BY changes_revision
        JOIN changes o ON o.key = n.key AND o.revision < n.revision
        WHERE n.revision > :from AND n.revision <= :to)`),
    forgetDeleted: prepare('DELETE FROM changes WHERE revision > :from AND revision <= :to AND value IS NULL'),
    forgetRevisions: prepare('DELETE FROM revisions WHERE revision <= :to'),
    setCompacted: prepare('UPDATE compaction SET revision = :to'),
    leases: prepare('SELECT id, ttl_ms FROM leases'),
    putLease: prepare('INSERT OR REPLACE INTO leases (id, ttl_ms) VALUES (?, ?)'),
    deleteLease: prepare('DELETE FROM leases WHERE id = ?'),
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),
  };
}
