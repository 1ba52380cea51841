import type { RateLimit } from '../../datapath.ts';

/**
 * A token bucket as the time up to which it is spent (generic cell rate, ITU-T I.371), as the eBPF
 * programs keep it.
 */
export class Bucket {
  readonly limit: RateLimit;
  #spentUntil = 0;

  constructor(limit: RateLimit) {
    this.limit = limit;
  }

  /** False when the bucket is empty; else takes `bytes` out, more than there are when it must. `now` in milliseconds. */
  take(bytes: number, now: number): boolean {
    const { bitsPerSecond, burstBytes } = this.limit;
    const spent = Math.max(this.#spentUntil, now);
    if (spent - now >= (burstBytes * 8000) / bitsPerSecond) return false;
    this.#spentUntil = spent + (bytes * 8000) / bitsPerSecond;
    return true;
  }
}

/** The bucket of `limit`: the one that is there when it is the same limit. */
export function bucketOf(limit: RateLimit | undefined, old: Bucket | undefined): Bucket | undefined {
  if (limit === undefined) return undefined;
  const same = old?.limit.bitsPerSecond === limit.bitsPerSecond && old.limit.burstBytes === limit.burstBytes;
  return same ? old : new Bucket(limit);
}
