import { decode, NAT_BLOCKS_LIMIT, type ClientMessage, type ServerMessage, type Topic } from '@midonet/contract';
import type { Revision } from '@midonet/store';
import { parseId, type AnyId } from '@midonet/topology';
import { z } from 'zod';
import type { Changes } from './subscription.ts';
import { COLLECTIONS } from './topics.ts';

const id = z
  .string()
  .max(64)
  .transform((text, context): string => {
    const parsed = parseId<AnyId>(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'is not a UUID' });
    return z.NEVER;
  });
const counter = z.int().min(0);

const topic: z.ZodType<Topic> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('host'), id }),
  z.object({ kind: z.literal('bridge'), id }),
  z.object({ kind: z.literal('router'), id }),
  z.object({ kind: z.literal('port'), id }),
  z.object({ kind: z.literal('macTable'), id }),
  z.object({ kind: z.literal('chain'), id }),
  z.object({ kind: z.literal('portGroup'), id }),
  z.object({ kind: z.literal('ipAddrGroup'), id }),
  z.object({ kind: z.literal('balancer'), id }),
  z.object({ kind: z.literal('qosPolicy'), id }),
  z.object({ kind: z.literal('mirror'), id }),
  z.object({ kind: z.literal('neighbours'), id }),
  z.object({ kind: z.literal('conf'), id }),
  z.object({
    kind: z.literal('collection'),
    of: z.string().refine((kind) => COLLECTIONS.includes(kind), `must be one of ${COLLECTIONS.join(', ')}`),
  }),
]);

export const ROWS_LIMIT = 2000;

const natBlock = { deviceId: id, address: z.string().max(45), block: z.int().min(0).max(1023) };
const natPort = z.int().min(0).max(65_535);
const natBlocks = z.array(z.object({ ...natBlock, generation: counter })).max(NAT_BLOCKS_LIMIT);

const clientMessage: z.ZodType<ClientMessage> = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('hello'),
    protocol: counter,
    upTo: counter.optional(),
    token: z.string().max(512).optional(),
    host: z.object({ id, name: z.string().min(1).max(255), lease: z.string().max(128).optional() }).optional(),
  }),
  z.object({ op: z.literal('subscribe'), sub: counter, topic, since: counter.optional() }),
  z.object({ op: z.literal('unsubscribe'), sub: counter }),
  z.object({
    op: z.literal('rows'),
    id: counter,
    puts: z.array(z.unknown()).max(ROWS_LIMIT),
    deletes: z.array(z.string().max(256)).max(ROWS_LIMIT),
  }),
  z.object({
    op: z.literal('natLease'),
    id: counter,
    deviceId: id,
    address: natBlock.address,
    count: z.int().min(1).max(1024),
    from: natPort.optional(),
    to: natPort.optional(),
  }),
  z.object({ op: z.literal('natRenew'), id: counter, blocks: natBlocks, mine: z.boolean().optional() }),
  z.object({ op: z.literal('natRelease'), id: counter, blocks: natBlocks }),
  z.object({ op: z.literal('bye') }),
  z.object({ op: z.literal('ping') }),
]);

/** Reads a frame from an untrusted peer; text says what is wrong with it. */
export function readMessage(data: string): ClientMessage | string {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return 'the frame is not JSON';
  }
  const decoded = decode(clientMessage, json);
  if (decoded.kind === 'ok') return decoded.value;
  return decoded.violations.map(({ property, message }) => `${property} ${message}`).join('; ');
}

export function writeMessage(message: ServerMessage): string {
  return JSON.stringify(message);
}

/** Snapshots and deltas are put together from stored JSON as it is, without reading it. */
export function writeItems(op: 'snapshot' | 'delta', sub: number, revision: Revision, items: Changes): string {
  const member = op === 'snapshot' ? 'items' : 'changes';
  const texts: string[] = [];
  for (const [key, value] of items) texts.push(`{"key":${JSON.stringify(key)},"value":${value ?? 'null'}}`);
  return `{"op":"${op}","sub":${sub},"revision":${revision},"${member}":[${texts.join(',')}]}`;
}
