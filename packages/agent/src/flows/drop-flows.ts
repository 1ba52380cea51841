import type { FlowId } from '@midonet/datapath';
import type { DropCount } from '../status/drop-counters.ts';

type DropFlow = { readonly counts: readonly DropCount[]; seen: number };

/** Flows looked at in one call of `poll`. */
const STRETCH = 4096;

/**
 * Flows that drop, or lose copies, and where their packets count. Bounded by the datapath's table: an entry goes with
 * its flow.
 */
export class DropFlows {
  readonly #flows = new Map<FlowId, DropFlow>();
  readonly #packets: (id: FlowId) => number | undefined;
  #round: Iterator<FlowId> | undefined;

  /** `packets` tells how many a flow has taken since it was put. */
  constructor(packets: (id: FlowId) => number | undefined) {
    this.#packets = packets;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** A flow was put, and begins at no packets; no counts when it drops nothing. */
  set(id: FlowId, counts: readonly DropCount[] = []): void {
    if (counts.length === 0) this.#flows.delete(id);
    else this.#flows.set(id, { counts, seen: 0 });
  }

  /** The flow goes, having taken so many packets in all. */
  gone(id: FlowId, packets = this.#flows.has(id) ? this.#packets(id) : undefined): void {
    this.#take(id, packets);
    this.#flows.delete(id);
  }

  /** Counts what a stretch of the flows have dropped since they were looked at last. */
  poll(): void {
    for (let i = 0; i < STRETCH; i++) {
      this.#round ??= this.#flows.keys();
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        return;
      }
      this.#take(next.value, this.#packets(next.value));
    }
  }

  #take(id: FlowId, packets: number | undefined): void {
    const flow = this.#flows.get(id);
    if (flow === undefined || packets === undefined) return;
    // Less than before: the flow was put anew.
    const fresh = packets < flow.seen ? packets : packets - flow.seen;
    for (const count of flow.counts) count.packets += fresh;
    flow.seen = packets;
  }
}
