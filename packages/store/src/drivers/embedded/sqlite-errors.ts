import { StoreError, StoreFull } from '../../store.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html). */
const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

/** Runs `call` and turns what SQLite throws into StoreErrors that name the file and what to do. */
export function sqliteCall<T>(file: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asStoreError(file, error);
  }
}

function asStoreError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError || !('errcode' in error)) return error;
  const code = typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  if (code === CORRUPT || code === NOTADB) {
    const advice = 'Restore it from a backup, or move it (and its -wal) away to start empty.';
    return new StoreError('corrupt', `store file ${file} is damaged (${error.message}). ${advice}`, { cause: error });
  }
  if (code === BUSY) {
    const advice = 'One controller at a time can use it; stop the other or give this one its own --state folder.';
    return new StoreError('unavailable', `store file ${file} is in use by another process. ${advice}`, {
      cause: error,
    });
  }
  if (code === FULL) {
    const remedy =
      "The disk of the controller's --state folder has no room left: free some, writes go on by themselves.";
    return new StoreFull(`store file ${file}: ${error.message}`, remedy, { cause: error });
  }
  return new StoreError('unavailable', `store file ${file}: ${error.message}`, { cause: error });
}
