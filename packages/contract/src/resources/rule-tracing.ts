import {
  MAX_TRACED_PACKETS,
  type Rule,
  type TraceEffect,
  type TraceRequestId,
  type UnplacedRule,
} from '@midonet/topology';
import { z } from 'zod';
import { idField } from '../fields.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { tracedLimitField } from './traced-limit.ts';

/** Members of a rule that traces. */
export const tracingInput = {
  requestId: idField<TraceRequestId>().nullish(),
  /** Packets that each host writes down; 0 says nothing. */
  limit: z.union([z.literal(0).transform(() => undefined), tracedLimitField]).nullish(),
} as const;

export const tracingDto = {
  requestId: z.string().nullable(),
  limit: z.number().nullable(),
} as const;

type TracingInput = { readonly [K in keyof typeof tracingInput]?: z.output<(typeof tracingInput)[K]> };
type TracingDto = { [K in keyof typeof tracingDto]: z.output<(typeof tracingDto)[K]> };

/** What `old` says already need not be said again. */
export function tracingOf(
  input: TracingInput,
  old: Rule | undefined,
): Converted<Pick<TraceEffect, 'requestId' | 'limit'>> {
  const had = old?.type === 'trace' ? old : undefined;
  const requestId = input.requestId ?? had?.requestId;
  if (requestId === undefined) return invalid('requestId', 'is required for a trace rule: the id of a trace request');
  return ok({ requestId, limit: input.limit ?? had?.limit ?? MAX_TRACED_PACKETS });
}

/** Other rules have none of it. */
export function noTracing(type: Rule['type'], input: TracingInput): Converted<never> | undefined {
  if (type === 'trace') return undefined;
  const given = (['requestId', 'limit'] as const).find((member) => (input[member] ?? undefined) !== undefined);
  return given === undefined ? undefined : invalid(given, 'cannot be set: only trace rules have it');
}

export function tracingToDto(rule: UnplacedRule): TracingDto {
  if (rule.type !== 'trace') return { requestId: null, limit: null };
  return { requestId: rule.requestId, limit: rule.limit };
}
