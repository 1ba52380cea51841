import { z } from 'zod';

/** Packets of one host that one object dropped for one reason, of those that came in by one port. */
export const dropDto = z.object({
  hostId: z.string(),
  /** A word, and the sentence that explains it. */
  reason: z.string(),
  explanation: z.string(),
  /** A port's id, `dp N` for an interface that is bound to none, or `others`. */
  port: z.string(),
  /** The object that decided. */
  byKind: z.string(),
  byId: z.string(),
  /** Since the agent started. */
  packets: z.number(),
  /** The last change of the object that decided; null when that is forgotten or no object of the topology decided. */
  changed: z.object({ at: z.string(), user: z.string() }).nullable(),
});
export type DropDto = z.output<typeof dropDto>;
