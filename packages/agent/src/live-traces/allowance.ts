/** So many at once, and so many a second: a token bucket. */
export class Allowance {
  readonly #burst: number;
  readonly #perMs: number;
  #level: number;
  #at = 0;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#level = burst;
    this.#perMs = perSecond / 1000;
  }

  /** `now` in milliseconds. False when nothing is left for now. */
  take(now: number): boolean {
    this.#level = Math.min(this.#burst, this.#level + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#level < 1) return false;
    this.#level--;
    return true;
  }
}
