import { z } from 'zod';

/** One field and what became of it; `before` or `after` is absent where the field was not there. Nested fields with dots. */
export const fieldChange = z.object({
  field: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type FieldChange = z.output<typeof fieldChange>;

const op = z.enum(['create', 'update', 'delete']);

/** One change of one object. */
export const historyEntry = z.object({
  /** Of the whole store; `at=` takes it. */
  revision: z.number(),
  /** Null where only the value is kept and the change that made it is forgotten. */
  at: z.string().nullable(),
  user: z.string().nullable(),
  /** Address the request came from; for the provider's people. */
  from: z.string().nullable(),
  op,
  /** Kind and id as stored: `port/3f2a…`. */
  object: z.string(),
  fields: z.array(fieldChange),
});
export type HistoryEntry = z.output<typeof historyEntry>;

export const restoreInput = z.object({
  /** Kind and id as stored, as in the history and the audit trail. */
  object: z.string().min(3).max(512),
  /** A revision, or a time such as 2026-01-31T12:00:00Z. */
  at: z.string().min(1).max(64),
  /** Only say what would change. */
  dryRun: z.boolean().optional(),
});

export const restoredDto = z.object({
  object: z.string(),
  /** The revision whose state was put back. */
  revision: z.number(),
  dryRun: z.boolean(),
  /** Empty: it is now as it was then. What was deleted together with the object comes back with it. */
  changes: z.array(z.object({ op, object: z.string(), fields: z.array(fieldChange) })),
});
export type RestoredDto = z.output<typeof restoredDto>;
