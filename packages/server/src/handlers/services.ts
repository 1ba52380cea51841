import { parseId, portMac, type AnyId } from '@midonet/topology';
import type { Mac } from '@midonet/packet';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Converted } from '@midonet/contract';
import type { Store } from '@midonet/store';
import type { AccessStore } from '../access/access-store.ts';
import type { Passwords } from '../access/passwords.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Clock } from '../clock.ts';
import type { Batches } from '../batch/batches.ts';
import type { HostReports } from '../drops/host-reports.ts';
import { badRequest, notFound } from '../http/problem.ts';
import type { Limits } from '../limits/limits.ts';
import type { QuotaBook } from '../quota/quota-book.ts';
import type { Reader } from '../topology/reader.ts';
import type { TopologyWriter } from '../topology/writer.ts';

/** What handlers work with. */
export type Services = {
  readonly reader: Reader;
  readonly writer: TopologyWriter;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly access: AccessStore;
  readonly passwords: Passwords;
  readonly quotas: QuotaBook;
  readonly auditTrail: AuditTrail;
  readonly limits: Limits;
  /** What hosts count now; none of the past. */
  readonly reports: HostReports | undefined;
  /** Whether the provider's side shows: which host a port is plugged into. */
  readonly provider: boolean;
  readonly batches: Batches;
  readonly clock: Clock;
  readonly version: string;
};

export function newId<T extends AnyId>(): T {
  const id = parseId<T>(randomUUID());
  if (id === undefined) throw new Error('randomUUID made something that is not a UUID');
  return id;
}

export function newMac(): Mac {
  return portMac(randomBytes(5));
}

/** An id in a path; what is not even a UUID cannot exist. */
export function pathId<T extends AnyId>(what: string, text: string): T {
  const id = parseId<T>(text);
  if (id === undefined) throw notFound(what, text);
  return id;
}

export function unwrap<T>(converted: Converted<T>): T {
  if (converted.kind === 'invalid') throw badRequest(converted.violations);
  return converted.value;
}

export function found<T>(value: T | undefined, what: string, id: string): T {
  if (value === undefined) throw notFound(what, id);
  return value;
}

/** `?tenant_id=` and `?name=`: absent means all. */
export function matches(query: Readonly<Record<string, string | undefined>>, tenantId: string, name: string): boolean {
  const tenant = query['tenant_id'];
  const wanted = query['name'];
  return (tenant === undefined || tenant === tenantId) && (wanted === undefined || wanted === name);
}
