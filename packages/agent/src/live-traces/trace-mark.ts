import type { FlowAction, TunnelKey } from '@midonet/flow';

/**
 * The bit of a tunnel key that says "this packet is traced": it is in no flow of the host where it
 * comes out, so that this host's agent sees the packet. Keys themselves have 20 bits.
 */
const MARK = 0x800000;

export function isMarked(key: number): boolean {
  return (key & MARK) !== 0;
}

export function unmarked(key: number): number {
  return key & ~MARK;
}

/** The same actions, with packets to other hosts marked. */
export function marked(actions: readonly FlowAction[]): FlowAction[] {
  return actions.map((action): FlowAction => {
    if (action.kind === 'clone') return { ...action, actions: marked(action.actions) };
    if (action.kind !== 'tunnel') return action;
    return { ...action, key: (action.key | MARK) as TunnelKey }; // brand: 24 bits, as keys are
  });
}
