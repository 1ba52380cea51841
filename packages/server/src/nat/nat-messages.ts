import type { ClientMessage, ServerMessage } from '@midonet/contract';
import { BUSY_WHEN_FULL, unlessFull } from '../watch/busy-when-full.ts';
import type { NatLeases, NatOwner } from './nat-leases.ts';

export type NatMessage = Extract<ClientMessage, { op: 'natLease' | 'natRenew' | 'natRelease' }>;
export type NatReply = Extract<ServerMessage, { op: 'natBlocks' | 'refused' | 'ack' }>;

/** What the controller says to an agent's message about blocks of NAT ports. */
export async function answerNat(leases: NatLeases, owner: NatOwner, message: NatMessage): Promise<NatReply> {
  const answered = await unlessFull(answer(leases, owner, message));
  return answered === 'full' ? { op: 'refused', id: message.id, ...BUSY_WHEN_FULL } : answered;
}

async function answer(leases: NatLeases, owner: NatOwner, message: NatMessage): Promise<NatReply> {
  const { id } = message;
  if (message.op === 'natRelease') {
    await leases.release(owner, message.blocks);
    return { op: 'ack', id };
  }
  const result =
    message.op === 'natLease'
      ? await leases.lease(owner, message)
      : await leases.renew(owner, message.blocks, message.mine ?? false);
  if (result.kind === 'refused') return { op: 'refused', id, code: result.code, message: result.message };
  const left = message.op === 'natLease' ? result.left : undefined;
  return { op: 'natBlocks', id, blocks: result.blocks, leaseMs: leases.leaseMs, left };
}
