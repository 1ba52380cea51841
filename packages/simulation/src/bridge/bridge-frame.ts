import type { BridgeDevice, BridgePort } from '@midonet/topology';
import type { BridgeIndex, Segment } from './bridge-index.ts';

/** A frame inside a bridge, with its broadcast domain settled. */
export type BridgeFrame = {
  readonly device: BridgeDevice;
  readonly index: BridgeIndex;
  readonly ingress: BridgePort;
  readonly segment: Segment;
  /** The VLAN of MAC table rows: of the segment, or the tag that merely passes. */
  readonly vlan: number;
  /** True while the frame carries the tag of its segment (it came from a trunk). */
  readonly tagged: boolean;
  readonly depth: number;
  /** A rule of the bridge's outbound chain made the tags: they leave as they are. */
  readonly settled?: true;
};
