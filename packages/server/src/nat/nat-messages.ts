import type { ClientMessage, ServerMessage } from '@midonet/contract';
import type { NatLeases, NatOwner } from './nat-leases.ts';

export type NatMessage = Extract<ClientMessage, { op: 'natLease' | 'natRenew' | 'natRelease' }>;
export type NatReply = Extract<ServerMessage, { op: 'natBlocks' | 'refused' | 'ack' }>;

/** What the controller says to an agent's message about blocks of NAT ports. */
export async function answerNat(leases: NatLeases, owner: NatOwner, message: NatMessage): Promise<NatReply> {
  const { id } = message;
  if (message.op === 'natRelease') {
    await leases.release(owner, message.blocks);
    return { op: 'ack', id };
  }
  const answer =
    message.op === 'natLease'
      ? await leases.lease(owner, message)
      : await leases.renew(owner, message.blocks, message.mine ?? false);
  if (answer.kind === 'refused') return { op: 'refused', id, code: answer.code, message: answer.message };
  const left = message.op === 'natLease' ? answer.left : undefined;
  return { op: 'natBlocks', id, blocks: answer.blocks, leaseMs: leases.leaseMs, left };
}
