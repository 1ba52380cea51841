import type { FragmentKey, Tuple } from '@midonet/flow';
import { fragmentText } from '../view/missing-key.ts';

/** As long as Linux waits for the rest of a packet (net.ipv4.ipfrag_time). */
const LIFETIME_MS = 30_000;
const MOST = 4096;

/**
 * The ports of fragmented packets, as their first fragments told them (RFC 4787, REQ-14). When it is
 * full the one told longest ago gives way.
 */
export class Fragments {
  readonly #now: () => number;
  readonly #tuples = new Map<string, { readonly tuple: Tuple; readonly until: number }>();
  evicted = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#tuples.size;
  }

  /** Gives the text that packets wait for, see `missingKey`. */
  put(key: FragmentKey, tuple: Tuple): string {
    const text = fragmentText(key);
    this.#tuples.delete(text);
    if (this.#tuples.size >= MOST) this.#dropOldest();
    this.#tuples.set(text, { tuple, until: this.#now() + LIFETIME_MS });
    return text;
  }

  get(key: FragmentKey): Tuple | undefined {
    const entry = this.#tuples.get(fragmentText(key));
    return entry === undefined || entry.until <= this.#now() ? undefined : entry.tuple;
  }

  /** Forgets what is too old; they stand in the order in which they came. */
  sweep(): void {
    const now = this.#now();
    for (const [text, { until }] of this.#tuples) {
      if (until > now) return;
      this.#tuples.delete(text);
    }
  }

  #dropOldest(): void {
    for (const [text, { until }] of this.#tuples) {
      this.#tuples.delete(text);
      if (until > this.#now()) this.evicted += 1;
      return;
    }
  }
}
