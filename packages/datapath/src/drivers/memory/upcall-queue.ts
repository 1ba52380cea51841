import type { DpPort, FlowKey } from '@midonet/flow';
import type { Upcall, UpcallLimits, UpcallReason } from '../../datapath.ts';

/** Tokens per port: `rate` a second, at most `burst`. */
class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, now: number) {
    this.#tokens = burst;
    this.#at = now;
  }

  take(limits: UpcallLimits, now: number): boolean {
    const earned = ((now - this.#at) * limits.perPortRate) / 1000;
    this.#tokens = Math.min(limits.perPortBurst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

type PortQueue = { readonly bucket: TokenBucket; readonly waiting: Upcall[] };

/**
 * Upcalls that wait for the handler: a bounded queue and a token bucket for each port, taken round
 * robin, so that one port's storm costs the others nothing.
 */
export class UpcallQueue {
  readonly #limits: UpcallLimits;
  readonly #bound: number;
  readonly #ports = new Map<DpPort, PortQueue>();

  constructor(limits: UpcallLimits, bound: number) {
    this.#limits = limits;
    this.#bound = bound;
  }

  /** Copies the key; keeps the frame. Answers why it was not taken, undefined when it was. */
  offer(
    reason: UpcallReason,
    key: FlowKey,
    packet: { readonly inPort: DpPort; readonly frame: Uint8Array; readonly gsoSize: number },
    now: number,
  ): 'upcallQueueFull' | 'upcallRateLimited' | undefined {
    const { inPort, frame, gsoSize } = packet;
    let queue = this.#ports.get(inPort);
    if (queue === undefined) {
      queue = { bucket: new TokenBucket(this.#limits.perPortBurst, now), waiting: [] };
      this.#ports.set(inPort, queue);
    }
    if (queue.waiting.length >= this.#bound) return 'upcallQueueFull';
    if (!queue.bucket.take(this.#limits, now)) return 'upcallRateLimited';
    queue.waiting.push({ reason, inPort, key: key.slice() as FlowKey, frame, fullLength: frame.length, gsoSize });
    return undefined;
  }

  /** At most `count` upcalls, an equal share of each port's. */
  take(count: number): Upcall[] {
    const batch: Upcall[] = [];
    let busy = [...this.#ports.values()].filter((queue) => queue.waiting.length > 0);
    while (busy.length > 0 && batch.length < count) {
      const share = Math.max(1, Math.floor((count - batch.length) / busy.length));
      for (const queue of busy) batch.push(...queue.waiting.splice(0, Math.min(share, count - batch.length)));
      busy = busy.filter((queue) => queue.waiting.length > 0);
    }
    return batch;
  }

  get empty(): boolean {
    for (const queue of this.#ports.values()) if (queue.waiting.length > 0) return false;
    return true;
  }

  forget(port: DpPort): void {
    this.#ports.delete(port);
  }

  clear(): void {
    this.#ports.clear();
  }
}
