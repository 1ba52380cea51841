import { z } from 'zod';
import { traceStepDto } from './simulation.ts';

/** Where a copy of the packet came out of a tunnel. */
const arrivalDto = z.object({
  /** The host by name; tenants get `host 1` and so on, the same within one answer. */
  host: z.string(),
  /** Milliseconds since 1970, by the clock of that host. */
  at: z.number(),
  portId: z.string(),
  packet: z.string(),
});

/** One packet of a trace request, as the host where it came in simulated it, and where its copies arrived. */
export const tracedPacketDto = z.object({
  host: z.string(),
  /** Milliseconds since 1970, by the clock of that host. */
  at: z.number(),
  /** As the condition says, or an answer to such. */
  way: z.enum(['forward', 'return']),
  /** Packets of one connection have the same, both ways. */
  flow: z.string(),
  /** The port by which it came in. */
  portId: z.string(),
  packet: z.string(),
  verdict: z.enum(['forward', 'consume', 'drop', 'blocked']),
  reason: z.string(),
  /** One sentence for a person. */
  explanation: z.string(),
  steps: z.array(traceStepDto),
  /** Steps that were left out, as there were too many. */
  cut: z.number(),
  arrivals: z.array(arrivalDto),
});
export type TracedPacketDto = z.output<typeof tracedPacketDto>;
