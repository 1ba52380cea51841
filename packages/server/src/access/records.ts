import { QUOTA_KINDS, ROLES, type QuotaKind } from '@midonet/contract';
import { parseId, type HostId } from '@midonet/topology';
import { z } from 'zod';

/**
 * What the store keeps of people, tokens, tenants and hosts, beside the topology. No watch topic
 * leads here, so none of it ever goes out over the watch.
 */
const user = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  /** Empty for an admin, who has all. */
  tenantId: z.string(),
  password: z.string(),
  enabled: z.boolean(),
  createdAt: z.number(),
  /** Changes with the password; sessions carry it. */
  epoch: z.string(),
});

const token = z.object({
  id: z.string(),
  user: z.string(),
  role: z.enum(ROLES),
  tenantId: z.string(),
  description: z.string(),
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});

const tenant = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
});

const hostId = z.string().transform((text, context): HostId => {
  const id = parseId<HostId>(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'is not a UUID' });
  return z.NEVER;
});

const host = z.object({
  hostId,
  name: z.string(),
  credential: z.string(),
  hash: z.string(),
  createdAt: z.number(),
});

const enrolment = z.object({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
});

const counts = <T extends z.ZodType>(one: T) =>
  z.object(Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, one])) as Record<QuotaKind, T>); // all the kinds, by name

/** In a count: of a kind that was not counted yet when it was made. */
export const UNCOUNTED = -1;

const quota = z.object({ tenantId: z.string(), limits: counts(z.number().nullable().default(null)) });
const usage = z.object({ tenantId: z.string(), used: counts(z.number().default(UNCOUNTED)) });

/** Each kind of record with the name of the member that keys it. */
export const RECORDS = { user, token, tenant, host, enrolment, quota, usage } as const;
const KEYED_BY = {
  user: 'name',
  token: 'id',
  tenant: 'id',
  host: 'hostId',
  enrolment: 'id',
  quota: 'tenantId',
  usage: 'tenantId',
} as const satisfies Record<RecordKind, string>;

export type RecordKind = keyof typeof RECORDS;
export type RecordOf<K extends RecordKind> = z.output<(typeof RECORDS)[K]>;
export type User = RecordOf<'user'>;
export type ApiToken = RecordOf<'token'>;

export const ACCESS_PREFIX = 'access/';

/** `access/user/ann`; tenants' ids are free text, so encoded. */
export function recordKey(kind: RecordKind, id: string): string {
  return `${ACCESS_PREFIX}${kind}/${encodeURIComponent(id.toWellFormed())}`;
}

export function keyOfRecord<K extends RecordKind>(kind: K, record: RecordOf<K>): string {
  return recordKey(kind, String(Reflect.get(record, KEYED_BY[kind])));
}
