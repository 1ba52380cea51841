import { z } from 'zod';

/** An external address of a device with the hosts that lease blocks of 64 of its ports. */
export const natPoolDto = z.object({
  deviceId: z.string(),
  address: z.string(),
  /** Blocks that no host has a lease of, of all 1024. */
  free: z.number(),
  /** So many more are leased than an hour ago; fewer when negative. Null when the store does not remember. */
  blocksAnHour: z.number().nullable(),
  /** When none is left if that goes on; null when it does not get less. */
  exhaustedAt: z.string().nullable(),
  hosts: z.array(
    z.object({
      hostId: z.string(),
      /** The first port of each block is 64 times its number. */
      blocks: z.array(z.number()),
    }),
  ),
});
export type NatPoolDto = z.output<typeof natPoolDto>;
