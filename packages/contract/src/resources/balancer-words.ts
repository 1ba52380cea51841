import { z } from 'zod';

/** MidoNet writes these in capitals; clients may write them as they like. */
export const wordField = <const W extends string>(...words: readonly W[]) =>
  z
    .string()
    .max(64)
    .transform((text, context): W => {
      const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: `must be ${words.join(' or ')}` });
      return z.NEVER;
    });

export const LB_STATUS = ['ACTIVE', 'INACTIVE'] as const;
export type LbStatus = (typeof LB_STATUS)[number];

export function statusOf(up: boolean): LbStatus {
  return up ? 'ACTIVE' : 'INACTIVE';
}
