import { MAX_TRACED_PACKETS } from '@midonet/topology';
import { z } from 'zod';

/** MidoNet's clients say 2^63 - 1 for "no limit": what is above ours counts as ours. */
export const tracedLimitField = z
  .number()
  .min(1)
  .transform((wanted) => Math.min(MAX_TRACED_PACKETS, Math.floor(wanted)));
