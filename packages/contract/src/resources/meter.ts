import { z } from 'zod';

/** Packets that rules of a meter applied to, on all living hosts together. */
export const meterDto = z.object({
  tenantId: z.string(),
  name: z.string(),
  /** Since the agents started that count them. */
  packets: z.number(),
  bytes: z.number(),
  /** So many hosts report it. */
  hosts: z.number(),
});
export type MeterDto = z.output<typeof meterDto>;
