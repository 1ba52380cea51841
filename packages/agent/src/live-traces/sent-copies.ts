import { applyRewrite, type VirtualAction } from '@midonet/flow';
import type { PortId, SentCopy } from '@midonet/topology';
import { packetIdentity } from './packet-identity.ts';

/** The copies that leave by ports which are not on this host, each as it is when it comes out there. */
export function sentCopies(
  actions: readonly VirtualAction[],
  frame: Uint8Array,
  isHere: (port: PortId) => boolean,
): SentCopy[] {
  let current: Uint8Array = frame.slice();
  const copies: SentCopy[] = [];
  for (const action of actions) {
    switch (action.kind) {
      case 'emit': {
        const portId = action.portId as PortId; // named by plain text
        if (!isHere(portId)) copies.push({ portId, identity: packetIdentity(current) });
        break;
      }
      case 'clone':
        copies.push(...sentCopies(action.actions, current, isHere));
        break;
      default:
        current = applyRewrite(current, action);
    }
  }
  return copies;
}
