/** Bounds of the store. Beyond them a call is refused with StoreError 'tooLarge', or 'unavailable' where waiting helps. */
export const MAX_KEY_BYTES = 1024;
/** One value, UTF-16 units of JSON text. As etcd, which refuses requests above 1.5 MiB. */
export const MAX_VALUE_LENGTH = 1024 * 1024;
export const MAX_WRITES = 200_000;
/** All values of one transaction together. */
export const MAX_TRANSACTION_LENGTH = 64 * 1024 * 1024;
/** Commits that wait for the one being written. */
export const MAX_PENDING_COMMITS = 20_000;
export const MAX_LEASES = 100_000;
/** Events that wait for one watcher. */
export const DEFAULT_WATCH_QUEUE = 10_000;
