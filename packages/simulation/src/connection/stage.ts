import type { Connection, Direction, Mark, Missing, Tuple } from '@midonet/flow';

/** What is known of the packet's connection at one device, once somebody has asked. */
export type Standing =
  | {
      readonly kind: 'known';
      readonly connection: Connection;
      readonly direction: Direction;
      readonly isError: boolean;
    }
  /** No connection has this tuple: the packet begins one, if the device follows it. */
  | { readonly kind: 'new'; readonly tuple: Tuple }
  /** Connections are nothing to it, or it is about none that is known. */
  | { readonly kind: 'apart' }
  | { readonly kind: 'missing'; readonly missing: Missing };

/**
 * A packet's visit to one device, as far as connections go. The tuple is taken as the packet came
 * in, when a rule first asks or before the first translation, so that all rules speak of the same.
 */
export class Stage {
  readonly device: string;
  standing: Standing | undefined;
  /** The device wants to know this connection again: it is opened when the packet leaves. */
  tracked = false;
  /** The packet as it came into the device, when it was translated since: what an error must quote. */
  arrived: Mark | undefined;
  /** What it quoted then, if it is an ICMP error that was translated before. */
  arrivedQuoted: Tuple | undefined;
  /** The pool member that the device's load balancer chose. */
  member: string | undefined;

  /** What had been taken off TTL when the packet came in. */
  readonly ttlTaken: number;

  constructor(device: string, ttlTaken: number) {
    this.device = device;
    this.ttlTaken = ttlTaken;
  }
}
