import { MAX_TRANSACTION_LENGTH, MAX_VALUE_LENGTH, MAX_WRITES } from '../limits.ts';
import { StoreError, type Condition, type LeaseId, type Revision } from '../store.ts';
import type { StoreChange, StoreEntry, Transaction } from '../store.ts';
import { checkKey, compareKeys } from './keys.ts';
import type { Present } from './present.ts';

/** Throws StoreError when the transaction is beyond the store's bounds; looks at nothing stored. */
export function checkTransaction(transaction: Transaction): void {
  if (transaction.writes.length > MAX_WRITES) {
    throw new StoreError('tooLarge', `${transaction.writes.length} writes in one transaction, at most ${MAX_WRITES}`);
  }
  let total = 0;
  for (const write of transaction.writes) {
    if (write.kind === 'deletePrefix') continue;
    checkKey(write.key);
    if (write.kind === 'delete') continue;
    if (write.value.length > MAX_VALUE_LENGTH) {
      throw new StoreError(
        'tooLarge',
        `the value of ${write.key} has ${write.value.length} characters, at most ${MAX_VALUE_LENGTH}`,
      );
    }
    total += write.value.length;
  }
  if (total > MAX_TRANSACTION_LENGTH) {
    throw new StoreError('tooLarge', `${total} characters in one transaction, at most ${MAX_TRANSACTION_LENGTH}`);
  }
}

/** The first condition that does not hold now; undefined when all do. */
export function failedCondition(backend: Present, conditions: readonly Condition[]): Condition | undefined {
  return conditions.find((condition) => {
    switch (condition.kind) {
      case 'modified':
        return (backend.get(condition.key, undefined)?.modified ?? 0) !== condition.revision;
      case 'exists':
        return backend.get(condition.key, undefined) === undefined;
      case 'unchangedSince':
        return condition.revision < backend.compacted() || backend.changedSince(condition.prefix, condition.revision);
    }
  });
}

/** What the writes come to, applied in order on the current state: at most one change a key, in key order. */
export function netChanges(
  backend: Present,
  transaction: Transaction,
  revision: Revision,
  leaseLives: (lease: LeaseId) => boolean,
): readonly StoreChange[] {
  const now = new Map<string, StoreEntry | undefined>();
  const read = (key: string) => (now.has(key) ? now.get(key) : backend.get(key, undefined));
  for (const write of transaction.writes) {
    switch (write.kind) {
      case 'put': {
        const { key, value, lease } = write;
        if (lease !== undefined && !leaseLives(lease)) {
          throw new StoreError('leaseGone', `lease ${lease} of ${key} has ended`);
        }
        const created = read(key)?.created ?? revision;
        now.set(key, { key, value, created, modified: revision, ...(lease !== undefined && { lease }) });
        break;
      }
      case 'delete':
        now.set(write.key, undefined);
        break;
      case 'deletePrefix':
        for (const key of now.keys()) if (key.startsWith(write.prefix)) now.set(key, undefined);
        for (const entry of backend.range(write.prefix, { after: undefined, limit: Infinity, at: undefined })) {
          now.set(entry.key, undefined);
        }
        break;
    }
  }
  const changes: StoreChange[] = [];
  for (const [key, entry] of [...now].sort(([a], [b]) => compareKeys(a, b))) {
    if (entry !== undefined) changes.push({ kind: 'put', entry });
    else if (backend.get(key, undefined) !== undefined) changes.push({ kind: 'delete', key });
  }
  return changes;
}
