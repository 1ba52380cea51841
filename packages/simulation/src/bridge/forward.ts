import type { BridgePort } from '@midonet/topology';
import { filter } from '../chain/hooks.ts';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { leaveBridge } from './vlan.ts';

/** The bridge has decided for one port: through its outbound filter, and out. */
export function forwardTo(walk: Walk, frame: BridgeFrame, port: BridgePort): Ending {
  return filterOutbound(walk, frame, port) ?? leaveBridge(walk, frame, port);
}

/** A flood meets the filter once, without an egress port. */
export function filterOutbound(walk: Walk, frame: BridgeFrame, port: BridgePort | undefined): Ending | undefined {
  const { name, outboundFilterId } = frame.device.bridge;
  if (outboundFilterId === undefined) return undefined;
  const hook = { name: `outbound filter of bridge ${name}`, chain: outboundFilterId };
  return filter(walk, { ...hook, inPort: frame.ingress.id, outPort: port?.id });
}
