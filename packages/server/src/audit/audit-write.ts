import type { AuditChange } from '@midonet/contract';
import type { Write } from '@midonet/store';
import { randomBytes } from 'node:crypto';
import type { Actor } from '../access/identity.ts';

export const AUDIT_PREFIX = 'audit/';
/** A deletion may take thousands along; the record names these and counts the rest. */
const LISTED = 50;

export type Audited = { readonly tenantId: string | undefined; readonly changes: readonly AuditChange[] };

/** Counts the records of this process: of those of one millisecond, as in a batch, the order shows. */
let written = 0;

/**
 * The record of a write, to go into the same transaction: no change without its record, no record
 * without its change. Keys begin with the time, so they are in its order. Nothing of the values is
 * kept: they may be secrets.
 */
export function auditWrite(now: number, actor: Actor, { tenantId, changes }: Audited): Write {
  written = (written + 1) % 0x1000000;
  const order = written.toString(16).padStart(6, '0');
  const id = `${String(Math.max(0, Math.floor(now))).padStart(15, '0')}-${order}${randomBytes(5).toString('hex')}`;
  const record = {
    id,
    at: new Date(now).toISOString(),
    user: actor.user,
    token: actor.token ?? null,
    from: actor.from ?? null,
    request: actor.request ?? null,
    tenantId: tenantId ?? actor.tenantId ?? null,
    changes: changes.slice(0, LISTED),
    more: Math.max(0, changes.length - LISTED),
  };
  return { kind: 'put', key: AUDIT_PREFIX + id, value: JSON.stringify(record) };
}

/** The first key that a record of that time may have. */
export function auditKeyAt(time: number): string {
  return `${AUDIT_PREFIX}${String(Math.max(0, Math.floor(time))).padStart(15, '0')}`;
}
