import type { Clock } from '../clock.ts';

export type BucketOptions = {
  /** What may be spent at once. */
  readonly burst: number;
  /** What comes back each second. */
  readonly perSecond: number;
  /** Buckets kept at most. */
  readonly size: number;
  /** Told when a bucket had to make room: that one starts full again. */
  readonly onEvict?: (() => void) | undefined;
};

type Bucket = { level: number; at: number };

/** A token bucket per key. The least recently used one makes room; a full one is not kept at all. */
export class TokenBuckets {
  readonly #options: BucketOptions;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: BucketOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Seconds until so many may be spent; 0 when they may be now. More than a bucket holds wait for a full one. */
  wait(key: string, count = 1): number {
    const { level } = this.#current(key);
    const needed = Math.min(count, this.#options.burst);
    return level >= needed ? 0 : Math.max(1, Math.ceil((needed - level) / this.#options.perSecond));
  }

  /** Spends them, whether they are there or not; a bucket is never more than empty. */
  spend(key: string, count = 1): void {
    const { level, at } = this.#current(key);
    this.#buckets.delete(key);
    this.#buckets.set(key, { level: Math.max(0, level - count), at });
    if (this.#buckets.size <= this.#options.size) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
    this.#options.onEvict?.();
  }

  #current(key: string): Bucket {
    const { burst, perSecond } = this.#options;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return { level: burst, at: now };
    const level = Math.min(burst, bucket.level + ((now - bucket.at) / 1000) * perSecond);
    if (level >= burst) this.#buckets.delete(key);
    return { level, at: now };
  }
}
