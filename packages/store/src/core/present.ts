import type { Backend } from './backend.ts';

/** What a transaction is judged by: the store as it is now, or as it will be behind those before it in a batch. */
export type Present = Pick<Backend, 'revision' | 'compacted' | 'get' | 'range' | 'changedSince' | 'keysOfLease'>;
