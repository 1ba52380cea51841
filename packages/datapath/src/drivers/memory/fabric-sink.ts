import type { DpPort } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/** What a fabric needs of a datapath. */
export type FabricSink = {
  receive(packet: FabricPacket): void;
  interfaceChanged(name: string, present: boolean): void;
  /** Hands one batch of upcalls to the handler; true when more wait. */
  drain(): boolean;
};

/** A packet under way to a datapath's port. */
export type FabricPacket = {
  readonly sink: FabricSink;
  readonly port: DpPort;
  readonly tunnelKey: number;
  readonly frame: Uint8Array;
  /** The sender's underlay address; absent when the packet did not come through a tunnel. */
  readonly from?: IpAddress;
};
