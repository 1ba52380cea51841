import type { ClientMessage, ServerMessage } from '@midonet/contract';
import { StoreFull } from '@midonet/store';
import type { NatLeases, NatOwner } from './nat-leases.ts';

export type NatMessage = Extract<ClientMessage, { op: 'natLease' | 'natRenew' | 'natRelease' }>;
export type NatReply = Extract<ServerMessage, { op: 'natBlocks' | 'refused' | 'ack' }>;

/** What the controller says to an agent's message about blocks of NAT ports. */
export async function answerNat(leases: NatLeases, owner: NatOwner, message: NatMessage): Promise<NatReply> {
  try {
    return await answer(leases, owner, message);
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
    return { op: 'refused', id: message.id, code: 'busy', message: 'the store is full: an operator must make room' };
  }
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
