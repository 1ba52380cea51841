import {
  DEFAULT_TRACED_PACKETS,
  TRACE_LIFETIME_MS,
  type BridgeId,
  type PortId,
  type RouterId,
  type TracedDevice,
  type TraceRequest,
  type TraceRequestId,
} from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { conditionDto, conditionInput, type ConditionInput } from './condition.ts';
import { conditionToDto, newCondition } from './condition-conversion.ts';
import { tracedLimitField } from './traced-limit.ts';

const TYPES = ['PORT', 'BRIDGE', 'ROUTER'] as const;
const typeField = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(TYPES, { error: `must be one of ${TYPES.join(', ')}` }));

export const traceRequestInput = z.object({
  id: idField<TraceRequestId>().nullish(),
  name: textField.nullish(),
  deviceType: typeField.nullish(),
  deviceId: idField<BridgeId | RouterId | PortId>().nullish(),
  condition: conditionInput.nullish(),
  /** Packets that each host writes down. */
  limit: tracedLimitField.nullish(),
  enabled: z.boolean().nullish(),
});
export type TraceRequestInput = z.output<typeof traceRequestInput>;

export const traceRequestDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  deviceType: z.enum(TYPES),
  deviceId: z.string(),
  condition: conditionDto,
  limit: z.number(),
  enabled: z.boolean(),
  creationTimestampMs: z.number(),
  /** An extension: when it ends by itself; null while it is not enabled. */
  enabledUntilMs: z.number().nullable(),
  /** An extension: what was traced. */
  packets: z.string(),
});
export type TraceRequestDto = z.output<typeof traceRequestDto>;

/** The device that a request names, before it is known where a port is. */
export type NamedDevice = Exclude<TracedDevice, { type: 'port' }> | Omit<Extract<TracedDevice, { type: 'port' }>, 'of'>;

export function deviceOfRequest({ deviceType, deviceId }: TraceRequestInput): Converted<NamedDevice> {
  if (deviceType === null || deviceType === undefined) {
    return invalid('deviceType', `is required: one of ${TYPES.join(', ')}`);
  }
  if (deviceId === null || deviceId === undefined) return invalid('deviceId', 'is required: the id of the device');
  switch (deviceType) {
    case 'PORT':
      return ok({ type: 'port', id: deviceId as PortId }); // the type says what the id is of
    case 'BRIDGE':
      return ok({ type: 'bridge', id: deviceId as BridgeId });
    case 'ROUTER':
      return ok({ type: 'router', id: deviceId as RouterId });
  }
}

export function newTraceRequest(
  input: TraceRequestInput,
  device: TracedDevice,
  make: { readonly newId: () => TraceRequestId; readonly now: number },
): Converted<TraceRequest> {
  const condition = newCondition(input.condition ?? {});
  if (condition.kind === 'invalid') return within(condition);
  return ok({
    kind: 'traceRequest',
    id: input.id ?? make.newId(),
    name: input.name ?? '',
    device,
    condition: condition.value,
    limit: input.limit ?? DEFAULT_TRACED_PACKETS,
    enabled: input.enabled ?? false,
    createdAt: make.now,
    enabledAt: make.now,
  });
}

/** What is absent or null stays. Enabling it begins anew, with its whole limit. */
export function updateTraceRequest(old: TraceRequest, input: TraceRequestInput, now: number): Converted<TraceRequest> {
  const { deviceType, deviceId } = input;
  if (deviceType !== null && deviceType !== undefined && deviceType.toLowerCase() !== old.device.type) {
    return invalid('deviceType', 'cannot be changed');
  }
  if (deviceId !== null && deviceId !== undefined && deviceId !== old.device.id) {
    return invalid('deviceId', 'cannot be changed');
  }
  const { condition: given } = input;
  const condition = given === null || given === undefined ? ok(old.condition) : newCondition(anew(old, given));
  if (condition.kind === 'invalid') return within(condition);
  const enabled = input.enabled ?? old.enabled;
  return ok({
    ...old,
    name: input.name ?? old.name,
    condition: condition.value,
    limit: input.limit ?? old.limit,
    enabled,
    enabledAt: enabled && !old.enabled ? now : old.enabledAt,
  });
}

/** A condition is given whole. A fragment policy that was nobody's choice follows the ports. */
function anew({ condition }: TraceRequest, given: ConditionInput): ConditionInput {
  const implied = condition.tpSrc === undefined && condition.tpDst === undefined ? 'any' : 'header';
  const unchosen = condition.fragmentPolicy === implied && given.fragmentPolicy === implied;
  return unchosen ? { ...given, fragmentPolicy: undefined } : given;
}

function within(refused: Extract<Converted<unknown>, { kind: 'invalid' }>): Converted<never> {
  const violations = refused.violations.map((one) => ({ ...one, property: `condition.${one.property}` }));
  return { kind: 'invalid', violations };
}

const TYPE_WORDS = { port: 'PORT', bridge: 'BRIDGE', router: 'ROUTER' } as const;

export function traceRequestToDto(request: TraceRequest, base: Base): TraceRequestDto {
  const { id, name, device, condition, limit, enabled, createdAt, enabledAt } = request;
  return {
    id,
    uri: link(base, 'traces', id),
    name,
    deviceType: TYPE_WORDS[device.type],
    deviceId: device.id,
    condition: conditionToDto(condition),
    limit,
    enabled,
    creationTimestampMs: createdAt,
    enabledUntilMs: enabled ? enabledAt + TRACE_LIFETIME_MS : null,
    packets: link(base, 'traces', id, 'packets'),
  };
}
