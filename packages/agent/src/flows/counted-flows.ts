import type { FlowId } from '@midonet/datapath';

/** Where packets count, and the bytes of their frames where those are wanted. */
export type Count = { packets: number; bytes?: number };

/** What a flow has taken since it was put. */
export type FlowTotals = { readonly packets: number; readonly bytes: number };

type CountedFlow = { readonly counts: readonly Count[]; packets: number; bytes: number };

/** Flows looked at in one call of `poll`. */
const STRETCH = 4096;

/**
 * Flows whose packets count for something: a reason to drop them, rules that applied. Bounded by the
 * datapath's table: an entry goes with its flow.
 */
export class CountedFlows {
  readonly #flows = new Map<FlowId, CountedFlow>();
  readonly #totals: (id: FlowId) => FlowTotals | undefined;
  #round: Iterator<FlowId> | undefined;

  constructor(totals: (id: FlowId) => FlowTotals | undefined) {
    this.#totals = totals;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** A flow was put, and begins at no packets; it counts for nothing when `counts` is empty. */
  set(id: FlowId, counts: readonly Count[]): void {
    if (counts.length === 0) this.#flows.delete(id);
    else this.#flows.set(id, { counts, packets: 0, bytes: 0 });
  }

  /** A flow that was there counts for something else from now on; what it took before counted where it did. */
  replace(id: FlowId, counts: readonly Count[]): void {
    const totals = counts.length > 0 || this.#flows.has(id) ? this.#totals(id) : undefined;
    this.#take(id, totals);
    if (counts.length === 0) this.#flows.delete(id);
    else this.#flows.set(id, { counts, packets: totals?.packets ?? 0, bytes: totals?.bytes ?? 0 });
  }

  /** The flow goes, having taken so much in all. */
  gone(id: FlowId, totals = this.#flows.has(id) ? this.#totals(id) : undefined): void {
    this.#take(id, totals);
    this.#flows.delete(id);
  }

  /** Counts what a stretch of the flows have taken since they were looked at last. */
  poll(): void {
    for (let i = 0; i < STRETCH; i++) {
      this.#round ??= this.#flows.keys();
      const next = this.#round.next();
      if (next.done === true) {
        this.#round = undefined;
        return;
      }
      this.#take(next.value, this.#totals(next.value));
    }
  }

  #take(id: FlowId, totals: FlowTotals | undefined): void {
    const flow = this.#flows.get(id);
    if (flow === undefined || totals === undefined) return;
    // Less than before: the flow was put anew.
    const isNew = totals.packets < flow.packets;
    const packets = isNew ? totals.packets : totals.packets - flow.packets;
    const bytes = isNew ? totals.bytes : totals.bytes - flow.bytes;
    addTo(flow.counts, packets, bytes);
    flow.packets = totals.packets;
    flow.bytes = totals.bytes;
  }
}

/** Packets that count here, of so many bytes together. */
export function addTo(counts: readonly Count[], packets: number, bytes: number): void {
  for (const count of counts) {
    count.packets += packets;
    if (count.bytes !== undefined) count.bytes += bytes;
  }
}
