import type { Emission } from '@midonet/flow';

const MAX_QUEUED = 4096;
/** A router's answer may need another router's; an answer to an answer's answer is a fault. */
const MAX_DEPTH = 4;

export type QueuedEmission = Emission & { readonly depth: number; readonly direction: 'out' | 'routed' };

/** Frames that devices made, on their way into the topology. Bounded in number and in descent. */
export class EmissionQueue {
  #queue: QueuedEmission[] = [];
  dropped = 0;

  push(emission: Emission, depth: number, direction: QueuedEmission['direction'] = 'out'): void {
    if (this.#queue.length >= MAX_QUEUED || depth > MAX_DEPTH) this.dropped++;
    else this.#queue.push({ ...emission, depth, direction });
  }

  take(): QueuedEmission[] {
    const taken = this.#queue;
    this.#queue = [];
    return taken;
  }

  get size(): number {
    return this.#queue.length;
  }
}
