import { indexKey, tracedPacketsPrefix } from '../keys.ts';
import { MAX_TRACED_PACKETS, MAX_TRACES_PER_DEVICE, ownerOf, type TraceRequest } from '../trace-entities.ts';
import { failing } from './failing.ts';
import { refused, type Refused, type Violation, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { conditionViolations } from './rule-members.ts';
import { checkCondition, groupsOf } from './rule-references.ts';
import { removeTracingRules } from './tracing-rules.ts';

type Read = ReadRecorder<number>;

/** With those of its ports: all of these go to whoever loads the bridge or router. */
const MAX_PER_OWNER = 64;

export function traceViolations({ condition, limit }: TraceRequest): readonly Violation[] {
  return [
    ...failing(
      [limit < 1 || limit > MAX_TRACED_PACKETS, 'limit', `must be 1 to ${MAX_TRACED_PACKETS} packets a host`],
      [
        condition.connection !== undefined,
        `condition.${condition.connection === 'forward' ? 'matchForwardFlow' : 'matchReturnFlow'}`,
        'cannot be asked here: a trace request follows both directions of a connection',
      ],
    ),
    ...conditionViolations(condition).map((one) => ({ ...one, property: `condition.${one.property}` })),
  ];
}

/** By the device and, for whoever loads it, by the bridge or router that a port is of. */
export function traceRows(request: TraceRequest): ReadonlyMap<string, string> {
  const { id, device, condition } = request;
  const owner = ownerOf(device);
  return new Map([
    [indexKey(device.type, device.id, 'trace', id), ''],
    [indexKey(owner.type, owner.id, 'traceRequest', id), ''],
    ...groupsOf(condition).map(([, kind, group]) => [indexKey(kind, group, 'traceRequest', id), ''] as const),
  ]);
}

export async function checkTraceRequest(
  before: TraceRequest | undefined,
  after: TraceRequest,
  read: Read,
): Promise<Refused | undefined> {
  const { device } = after;
  if (before === undefined) {
    const refusal = (await checkDevice(after, read)) ?? (await checkRoom(after, read));
    if (refusal !== undefined) return refusal;
  } else if (before.device.type !== device.type || before.device.id !== device.id) {
    return refused('invalid', 'deviceId', 'cannot be changed');
  }
  const refusal = await checkCondition(before === undefined ? [] : [before.condition], after.condition, read);
  if (refusal === undefined) return undefined;
  const violations = refusal.violations.map((one) => ({ ...one, property: `condition.${one.property}` }));
  return { ...refusal, violations };
}

async function checkDevice({ device }: TraceRequest, read: Read): Promise<Refused | undefined> {
  if (device.type !== 'port') {
    if (await read.exists(`${device.type}/${device.id}`)) return undefined;
    return refused('invalid', 'deviceId', `no ${device.type} ${device.id}`);
  }
  const port = await read.get('port', device.id);
  if (port === undefined) return refused('invalid', 'deviceId', `no port ${device.id}`);
  const owner = port.type === 'bridge' ? port.bridgeId : port.routerId;
  if (port.type === device.of.type && owner === device.of.id) return undefined;
  return refused('conflict', 'deviceId', 'the port was made anew on another device meanwhile: try again');
}

async function checkRoom({ device }: TraceRequest, read: Read): Promise<Refused | undefined> {
  const here = await read.below(indexKey(device.type, device.id, 'trace', ''));
  if (here.length >= MAX_TRACES_PER_DEVICE) {
    const message = `has ${here.length} trace requests, and can have no more: delete one first`;
    return refused('conflict', 'deviceId', `${device.type} ${device.id} ${message}`);
  }
  const owner = ownerOf(device);
  const all = await read.below(indexKey(owner.type, owner.id, 'traceRequest', ''));
  if (all.length < MAX_PER_OWNER) return undefined;
  const message = `and its ports have ${all.length} trace requests, and can have no more: delete one first`;
  return refused('conflict', 'deviceId', `${owner.type} ${owner.id} ${message}`);
}

/** Deletes a request, the rules that trace for it, and what hosts have written down for it. */
export async function deleteTraceRequest(request: TraceRequest, read: Read, list: WriteList): Promise<undefined> {
  await removeTracingRules(request, read, list);
  list.remove(request);
  list.removeBelow(tracedPacketsPrefix(request.id));
  return undefined;
}

/** A device or port goes: with it the requests about it and, of a device, about its ports. */
export async function removeTracesOf(
  kind: 'bridge' | 'router' | 'port',
  id: string,
  read: Read,
  list: WriteList,
): Promise<void> {
  for (const trace of await read.below(indexKey(kind, id, kind === 'port' ? 'trace' : 'traceRequest', ''))) {
    const request = await read.get('traceRequest', trace);
    if (request !== undefined) await deleteTraceRequest(request, read, list);
  }
}
