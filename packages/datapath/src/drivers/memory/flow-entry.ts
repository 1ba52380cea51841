import type { FlowId, FlowSpec } from '../../datapath.ts';

/** An installed flow with its counters and its links in the mask's bucket and in the order of use. */
export class FlowEntry {
  readonly id: FlowId;
  readonly hash: number;
  spec: FlowSpec;
  putAt: number;
  usedAt: number;
  packets = 0;
  bytes = 0;
  tcpFlags = 0;
  /** FIN or RST were told of. */
  closing = false;
  /** Next in the same bucket. */
  chain: FlowEntry | undefined;
  newer: FlowEntry | undefined;
  older: FlowEntry | undefined;

  constructor(id: FlowId, hash: number, spec: FlowSpec, now: number) {
    this.id = id;
    this.hash = hash;
    this.spec = spec;
    this.putAt = now;
    this.usedAt = now;
  }
}
