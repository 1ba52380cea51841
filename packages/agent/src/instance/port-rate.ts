import type { PortId } from '@midonet/topology';

/** Ports remembered at most; beyond it those that asked least of late are forgotten. */
const MOST_PORTS = 4_096;

type Bucket = { tokens: number; at: number };

/** How often each port may ask: a steady rate, and so many at once. */
export class PortRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  /** The least recently used first. */
  readonly #buckets = new Map<PortId, Bucket>();

  constructor(rate: { readonly perSecond: number; readonly burst: number }, now: () => number) {
    this.#perSecond = rate.perSecond;
    this.#burst = rate.burst;
    this.#now = now;
  }

  allows(portId: PortId): boolean {
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(portId) ?? { tokens: this.#burst, at: now };
    const full = Math.min(this.#burst, tokens + ((now - at) / 1000) * this.#perSecond);
    const isAllowed = full >= 1;
    this.#buckets.delete(portId);
    this.#buckets.set(portId, { tokens: isAllowed ? full - 1 : full, at: now });
    if (this.#buckets.size > MOST_PORTS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return isAllowed;
  }
}
