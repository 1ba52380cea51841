import { z } from 'zod';

/** Packets that a rule applied to, on all living hosts together. */
export const ruleHitsDto = z.object({
  ruleId: z.string(),
  /** Since the agents started that count them. */
  packets: z.number(),
  bytes: z.number(),
  /** So many hosts report the rule among their busiest. */
  hosts: z.number(),
});
export type RuleHitsDto = z.output<typeof ruleHitsDto>;
