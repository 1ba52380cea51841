import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { readSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../store.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { sqliteCall } from './sqlite-errors.ts';

const MAGIC = 'SQLite format 3\0';

/**
 * Opens the file, making it and its folder (0600, 0700) when there is none. The connection holds
 * SQLite's exclusive lock, a kernel lock that goes with the process however it ends, so a second
 * opener is told. Throws StoreError 'corrupt' for a file that is cut short, damaged or not ours,
 * 'unavailable' when another process has it.
 */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) create(file);
  chmodSync(file, 0o600);
  checkHeader(file);
  const database = sqliteCall(file, () => new DatabaseSync(file));
  try {
    sqliteCall(file, () => {
      // Exclusive before the first access: no shared-memory file, and the lock is held until close.
      database.exec('PRAGMA locking_mode = EXCLUSIVE');
      database.exec('PRAGMA busy_timeout = 0');
      database.exec('BEGIN EXCLUSIVE; COMMIT');
      checkIdentity(file, database);
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL'); // each commit is on the disk before it is acknowledged
      database.exec('PRAGMA cache_size = -65536'); // 64 MiB
      checkPages(file, database);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Made complete under another name first: a file under the real name is never empty or half made. */
function create(file: string): void {
  if (existsSync(`${file}-wal`)) {
    throw corrupt(file, `it is missing while its log ${file}-wal is there: put both back from where they were`);
  }
  const draft = `${file}.new`;
  for (const left of [draft, `${draft}-wal`, `${draft}-journal`]) rmSync(left, { force: true });
  closeSync(openSync(draft, 'wx', 0o600)); // SQLite keeps the mode, also for the log beside it
  sqliteCall(draft, () => {
    const database = new DatabaseSync(draft);
    database.exec(`BEGIN; ${SCHEMA} COMMIT; PRAGMA journal_mode = WAL;`);
    database.close();
  });
  renameSync(draft, file);
  syncFolder(file);
}

function syncFolder(file: string): void {
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Looks at the 100-byte header before SQLite does, which takes an empty file for a new database. */
function checkHeader(file: string): void {
  const header = Buffer.alloc(100);
  const descriptor = openSync(file, 'r');
  const length = readSync(descriptor, header, 0, header.length, 0);
  closeSync(descriptor);
  if (length < header.length) throw corrupt(file, `it is cut short to ${length} bytes`);
  if (header.toString('latin1', 0, 16) !== MAGIC) throw corrupt(file, 'it is no store file (not SQLite)');
  // A non-empty log may hold the newest header and pages; SQLite replays it, checkPages looks after that.
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0) return;
  const stored = header.readUInt16BE(16);
  const pageSize = stored === 1 ? 65536 : stored;
  const expected = header.readUInt32BE(28) * pageSize;
  const actual = statSync(file).size;
  if (actual < expected) throw corrupt(file, `it is cut short: ${actual} of ${expected} bytes`);
}

function checkIdentity(file: string, database: DatabaseSync): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID)
    throw corrupt(file, 'it is an SQLite file, but not a store');
  const version = pragma(database, 'user_version');
  if (version !== SCHEMA_VERSION) {
    throw corrupt(
      file,
      `its schema version is ${String(version)}, this program reads ${SCHEMA_VERSION}: use the program that wrote it`,
    );
  }
}

/** Every page and index of the file, about 1 s for 500 MB: better now than in the middle of a transaction. */
function checkPages(file: string, database: DatabaseSync): void {
  const row = database.prepare('PRAGMA quick_check(1)').get();
  const answer = Object.values(row ?? {})[0];
  if (answer !== 'ok') throw corrupt(file, `it is damaged (${String(answer)})`);
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function corrupt(file: string, what: string): StoreError {
  return new StoreError(
    'corrupt',
    `store file ${file}: ${what}. Nothing was changed. Restore it from a backup, or move it (and ${file}-wal) away to start empty.`,
  );
}
