import { CONSUME_REASONS, DROP_REASONS, egressOf, printAction, type Outcome } from '@midonet/flow';
import { formatIp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { z } from 'zod';
import { idField } from '../fields.ts';

/** A frame as hex digits; blanks, colons and dashes between octets are fine. */
const frameField = z
  .string()
  .max(40_000)
  .transform((text, context): Uint8Array<ArrayBuffer> => {
    const digits = text.replace(/[\s:-]/g, '');
    if (digits.length >= 28 && digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits)) {
      return Uint8Array.from(digits.match(/../g) ?? [], (octet) => parseInt(octet, 16));
    }
    context.addIssue({ code: 'custom', message: 'must be an Ethernet frame of at least 14 octets in hex' });
    return z.NEVER;
  });

/** What would happen to this frame, entering here, now? Nothing is sent and nothing is learned. */
export const simulateInput = z.object({ portId: idField<PortId>(), frame: frameField });

const objectRef = z.object({ kind: z.string(), id: z.string() });
/** Loose: a client older than the controller still prints what it knows of a step. */
const traceAction = z.looseObject({ kind: z.string() });

export const traceStepDto = z.object({
  at: objectRef.extend({ name: z.string().optional() }),
  action: traceAction,
  packet: z.string(),
});
export type TraceStepDto = z.output<typeof traceStepDto>;

export const outcomeDto = z.object({
  verdict: z.enum(['forward', 'consume', 'drop', 'blocked']),
  /** Name of the reason in the tables of the flow package; null when forwarded or blocked. */
  reason: z.string().nullable(),
  /** One sentence for a person. */
  explanation: z.string(),
  by: objectRef.nullable(),
  /** Exterior ports the packet leaves through. */
  egressPorts: z.array(z.string()),
  actions: z.array(z.string()),
  /** Ports that mirrors send copies to, whatever becomes of the packet; what else leaves by them is no copy. */
  copyPorts: z.array(z.string()).default([]),
  /** What is missing, when blocked. */
  missing: z.array(z.looseObject({ kind: z.string() })),
  /** Frames that devices would send, as hex. */
  emissions: z.array(z.object({ portId: z.string(), frame: z.string() })),
  tags: z.array(z.string()),
  installable: z.boolean(),
  trace: z.array(traceStepDto),
  /** Devices that were loaded to answer. */
  loaded: z.number(),
});
export type OutcomeDto = z.output<typeof outcomeDto>;

export function outcomeToDto(outcome: Outcome, loaded: number): OutcomeDto {
  const { verdict } = outcome;
  const common = {
    emissions: outcome.emissions.map(({ portId, frame }) => ({ portId, frame: hex(frame) })),
    tags: [...outcome.tags],
    installable: outcome.installable,
    trace: (outcome.trace ?? []).map((step) => ({ ...step, at: { ...step.at }, action: { ...step.action } })),
    loaded,
    copyPorts: [...new Set(outcome.copies?.sent.map(({ portId }) => portId))],
    reason: null,
    by: null,
    egressPorts: [],
    actions: [],
    missing: [],
  };
  switch (verdict.kind) {
    case 'forward': {
      const egressPorts = egressOf(verdict.actions);
      const explanation = `leaves through ${egressPorts.length} port${egressPorts.length === 1 ? '' : 's'}`;
      const actions = verdict.actions.map(printAction);
      return { ...common, verdict: 'forward', explanation, egressPorts, actions };
    }
    case 'consume': {
      const explanation = CONSUME_REASONS[verdict.reason];
      return { ...common, verdict: 'consume', reason: verdict.reason, explanation, by: verdict.by };
    }
    case 'drop': {
      const explanation = DROP_REASONS[verdict.reason];
      return { ...common, verdict: 'drop', reason: verdict.reason, explanation, by: verdict.by };
    }
    case 'blocked': {
      const missing = verdict.on.map((one) => ('ip' in one ? { ...one, ip: formatIp(one.ip) } : { ...one }));
      return { ...common, verdict: 'blocked', explanation: 'waits for what is missing', missing };
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
