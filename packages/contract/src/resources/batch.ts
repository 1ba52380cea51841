import { z } from 'zod';

/** Operations of one batch: every port of a bridge may give its VLAN to the next, and there are 4,094 VLANs. */
export const MOST_OPERATIONS = 10_000;
/** Objects of one bulk creation. */
export const MOST_OBJECTS = 1000;
/** Bytes of one batch. */
export const BATCH_BYTES = 8 << 20;

export const BATCH_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One operation as it would be asked for by itself. */
export const batchOperation = z.object({
  method: z.enum(BATCH_METHODS, { error: `must be one of ${BATCH_METHODS.join(', ')}` }),
  /** Below the root of the API, such as `/bridges`; what a `uri` has in front of that may come too. */
  path: z.string().min(1).max(2048),
  body: z.unknown().optional(),
  ifMatch: z.string().max(4096).nullish(),
});
export type BatchOperation = z.output<typeof batchOperation>;

export const batchInput = z.object({
  operations: z
    .array(batchOperation)
    .min(1, 'must have at least one operation')
    .max(MOST_OPERATIONS, `must have at most ${MOST_OPERATIONS} operations`),
});

/** Per operation, in their order: the status it would have had, and the object. */
export const batchResult = z.object({ status: z.number(), uri: z.string().nullable(), body: z.unknown() });
export const batchDto = z.object({ results: z.array(batchResult) });
export type BatchDto = z.output<typeof batchDto>;
