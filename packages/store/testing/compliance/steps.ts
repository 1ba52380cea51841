import assert from 'node:assert/strict';
import type { Condition, LeaseId, Revision, Store, StoreErrorCode, Write } from '../../src/store.ts';
import { StoreError } from '../../src/store.ts';

export const author = { user: 'tester', from: '127.0.0.1' };

/** `put('a', '1')`, `put('a', '1', lease)`. */
export function put(key: string, value: string, lease?: LeaseId): Write {
  return { kind: 'put', key, value, lease };
}

export function remove(key: string): Write {
  return { kind: 'delete', key };
}

export function at(revision: number): Revision {
  return revision as Revision;
}

/** Commits and expects success; answers the revision. */
export async function write(store: Store, ...writes: Write[]): Promise<Revision> {
  const result = await store.commit({ author, conditions: [], writes });
  assert.ok(result.kind === 'committed', 'an unconditional transaction commits');
  return result.revision;
}

export async function attempt(store: Store, conditions: Condition[], ...writes: Write[]) {
  return store.commit({ author, conditions, writes });
}

/** `a=1 b=2` for everything below the prefix. */
export async function show(store: Store, prefix = '', revision?: Revision): Promise<string> {
  const { entries } = await store.list(prefix, { at: revision });
  return entries.map((entry) => `${entry.key}=${entry.value}`).join(' ');
}

export async function rejectsWith(code: StoreErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof StoreError && error.code === code);
}
