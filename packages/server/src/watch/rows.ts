import type { Author, Condition, LeaseId, Store, StoreEntry, Write } from '@midonet/store';
import { decodeRow, encodeRow, isDecodeFailure, isSharedRowKind, sharedRowKey, type HostId } from '@midonet/topology';
import { isReport, type HostReports, type Report } from '../drops/host-reports.ts';
import { BUSY_WHEN_FULL, unlessFull } from './busy-when-full.ts';

/** Who writes: rows are tied to the lease and die with it. */
export type RowOwner = { readonly hostId: HostId; readonly lease: LeaseId; readonly author: Author };

type Writable = Pick<Store, 'get' | 'commit'>;

export type RowsResult =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

const refused = (code: string, message: string): RowsResult => ({ kind: 'refused', code, message });

const RETRIES = 3;

/**
 * Writes a batch of shared rows of one agent in one transaction. An agent may say only that its own
 * host lives and its own ports run, and may take back only rows it wrote itself: a MAC that moved to
 * another host is not deleted by the one it left. Claims are for the first who makes them. What a host counts goes
 * to `reports`, whose pace is slower.
 */
export async function writeRows(
  store: Writable,
  owner: RowOwner,
  puts: readonly unknown[],
  deletes: readonly string[],
  reports?: HostReports,
): Promise<RowsResult> {
  const writes: Write[] = [];
  const told: Report[] = [];
  const claims: string[] = [];
  for (const [index, put] of puts.entries()) {
    const row = decodeRow(put);
    if (isDecodeFailure(row)) return refused('invalid', `puts.${index}: ${row.message}`);
    if ('hostId' in row && row.hostId !== owner.hostId) {
      return refused('forbidden', `puts.${index}: ${row.kind} of another host`);
    }
    if (reports !== undefined && isReport(row)) {
      told.push(row);
      continue;
    }
    if (row.kind === 'healthChecker') claims.push(sharedRowKey(row));
    writes.push({ kind: 'put', key: sharedRowKey(row), value: JSON.stringify(encodeRow(row)), lease: owner.lease });
  }
  for (const key of deletes) {
    if (!isSharedRowKind(key.split('/', 1)[0])) return refused('forbidden', `'${key}' is not the key of a shared row`);
  }
  for (const report of told) reports?.put(owner.lease, report);
  if (writes.length + deletes.length === 0) return { kind: 'written' };
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    const conditions: Condition[] = [];
    const removals: Write[] = [];
    for (const key of claims) {
      const entry = await store.get(key);
      if (entry !== undefined && !isOf(owner, entry)) return refused('taken', `${key} is another host's`);
      conditions.push({ kind: 'modified', key, revision: entry?.modified ?? 0 });
    }
    for (const key of deletes) {
      const entry = await store.get(key);
      if (entry?.lease !== owner.lease) continue;
      conditions.push({ kind: 'modified', key, revision: entry.modified });
      removals.push({ kind: 'delete', key });
    }
    const transaction = { author: owner.author, conditions, writes: [...writes, ...removals] };
    const result = await unlessFull(store.commit(transaction));
    if (result === 'full') return { kind: 'refused', ...BUSY_WHEN_FULL };
    if (result.kind === 'committed') return { kind: 'written' };
  }
  return refused('conflict', 'others keep writing these rows');
}

/** By its lease, or by the lease of an earlier session of the same host. */
function isOf(owner: RowOwner, { lease, value }: StoreEntry): boolean {
  if (lease === owner.lease) return true;
  const row = decodeRow(JSON.parse(value));
  return !isDecodeFailure(row) && 'hostId' in row && row.hostId === owner.hostId;
}
