import type { Datapath, DatapathEvents } from '@midonet/datapath';
import type { IpAddress } from '@midonet/packet';

/** A network holds at most so many exterior ports. */
export const TAPS = 14;

/** One host's packet engine and what is plugged into it: interfaces tap0 … */
export type WiredHost = {
  readonly address: IpAddress;
  /** A fresh datapath for the next agent: no flows. */
  open(events: DatapathEvents): Datapath;
  send(tap: number, frame: Uint8Array): void;
  /** What came out since the last call. */
  take(tap: number): readonly Uint8Array[];
};

/** Two hosts and the underlay between them. They outlive the agents. */
export type Wires = {
  readonly hosts: readonly WiredHost[];
  /** Returns when nothing is under way any more. */
  settle(): Promise<void>;
  close(): Promise<void>;
};
