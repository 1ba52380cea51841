import type { BridgePort } from '@midonet/topology';
import { filter } from '../chain/hooks.ts';
import { mirrorAt } from '../mirror/mirror.ts';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { leaveBridge } from './vlan.ts';

/** The bridge has decided for one port: through its outbound filter, and out. */
export function forwardTo(walk: Walk, frame: BridgeFrame, port: BridgePort): Ending {
  const { tagEdits } = walk;
  return filterOutbound(walk, frame, port) ?? leaveBridge(walk, settledSince(walk, frame, tagEdits), port);
}

/** When rules have changed tags since there were `tagEdits` changes, they stay so. */
export function settledSince(walk: Walk, frame: BridgeFrame, tagEdits: number): BridgeFrame {
  return walk.tagEdits === tagEdits ? frame : { ...frame, settled: true };
}

/** And the mirrors behind it. A flood meets them once, without an egress port. */
export function filterOutbound(walk: Walk, frame: BridgeFrame, port: BridgePort | undefined): Ending | undefined {
  const { name, outboundFilterId, outboundMirrorIds } = frame.device.bridge;
  if (outboundFilterId !== undefined) {
    const hook = { name: `outbound filter of bridge ${name}`, chain: outboundFilterId };
    const filtered = filter(walk, { ...hook, inPort: frame.ingress.id, outPort: port?.id });
    if (filtered !== undefined) return filtered;
  }
  return mirrorAt(walk, outboundMirrorIds, 'outbound side', frame.index.ref, port?.id);
}
