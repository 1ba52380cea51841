/** 'MNst' in the SQLite header's application id: this file is ours. */
export const APPLICATION_ID = 0x4d4e7374;
/** In the header's user version. Raise it with a migration step when the tables change. */
export const SCHEMA_VERSION = 1;

/**
 * `entries` is the present, one row a key; `changes` every version since compaction (value NULL: deleted);
 * `revisions` who and when. Keys compare as UTF-8 bytes (BINARY), as the Store interface orders them.
 */
export const SCHEMA = `
  CREATE TABLE entries (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, lease TEXT
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX entries_lease ON entries (lease) WHERE lease IS NOT NULL;
  CREATE TABLE changes (
    key TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER, value TEXT, lease TEXT,
    PRIMARY KEY (key, revision)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX changes_revision ON changes (revision);
  CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY, at REAL NOT NULL, user TEXT NOT NULL, origin TEXT
  ) STRICT;
  CREATE TABLE leases (id TEXT PRIMARY KEY, ttl_ms REAL NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE compaction (only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO compaction VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
