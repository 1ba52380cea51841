import { z } from 'zod';

export const auditChange = z.object({
  op: z.enum(['create', 'update', 'delete']),
  /** Kind and id as stored: `port/3f2a…`, `user/ann`. */
  object: z.string(),
});
export type AuditChange = z.output<typeof auditChange>;

/** One write: who changed what, when, from where. */
export const auditRecord = z.object({
  /** Orders records and names this one. */
  id: z.string(),
  at: z.string(),
  user: z.string(),
  /** The id of the API token that was used. */
  token: z.string().nullable(),
  /** Address the request came from. */
  from: z.string().nullable(),
  /** The X-Request-Id of the answer. */
  request: z.string().nullable(),
  tenantId: z.string().nullable(),
  changes: z.array(auditChange),
  /** Changes beyond those listed. */
  more: z.number(),
});
export type AuditRecord = z.output<typeof auditRecord>;
