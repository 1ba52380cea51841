import type { TunnelKey } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import type { Datapath, DatapathEvents, PortSpec, UpcallLimits } from '../src/index.ts';

/** A network interface of the host under test, seen from what is plugged into it. */
export type TestInterface = {
  readonly name: string;
  send(frame: Uint8Array): void;
  /** Frames that came out since the last call, tags in their place, oldest first. */
  take(): readonly Uint8Array[];
  vanish(): void;
  /** Comes back under the same name. */
  appear(): void;
};

/** Another host of the underlay, as bare tunnel end. */
export type TestPeer = {
  readonly address: IpAddress;
  send(key: TunnelKey, frame: Uint8Array): void;
  take(): readonly { readonly tunnelKey: number; readonly frame: Uint8Array }[];
};

/** A datapath and the hands that touch it from outside. */
export type DatapathHarness = {
  readonly datapath: Datapath;
  /** Not yet ports. */
  readonly interfaces: readonly TestInterface[];
  readonly tunnel: PortSpec & { readonly kind: 'tunnel' };
  /** Two of them. */
  readonly peers: readonly TestPeer[];
  /** Lets pending work happen; returns soon. Callers repeat it until what they wait for is there. */
  turn(): Promise<void>;
  /** Lets the datapath's clock go on by `ms`. */
  advance(ms: number): Promise<void>;
  /** Ends everything; the datapath is closed with 'remove'. */
  close(): Promise<void>;
};

export type HarnessOptions = {
  readonly interfaces: number;
  /** The table's size, when the test fills it. */
  readonly capacity?: number;
  readonly upcallQueue?: number;
  readonly upcallLimits?: UpcallLimits;
};

export type MakeHarness = (options: HarnessOptions, events: DatapathEvents) => Promise<DatapathHarness>;

/**
 * What makes harnesses of one driver. `unavailable` is a probe's answer: why this machine cannot run
 * the driver; the suite then skips and prints it.
 */
export type HarnessMaker = { readonly make: MakeHarness; unavailable(): string | undefined };
