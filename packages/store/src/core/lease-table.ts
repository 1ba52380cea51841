import type { Clock } from '../clock.ts';
import type { LeaseId } from '../store.ts';

type Lease = { readonly ttlMs: number; deadline: number };

/**
 * Which leases live, and the timer that ends them. Renewing moves a deadline and touches no timer:
 * the one timer sleeps until the soonest deadline it knew, then looks again.
 */
export class LeaseTable {
  readonly #leases = new Map<LeaseId, Lease>();
  readonly #clock: Clock;
  readonly #onExpire: (id: LeaseId) => void;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, onExpire: (id: LeaseId) => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
  }

  get size(): number {
    return this.#leases.size;
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  grant(id: LeaseId, ttlMs: number): void {
    const deadline = this.#clock.monotonic() + ttlMs;
    this.#leases.set(id, { ttlMs, deadline });
    this.#sleepUntil(deadline);
  }

  /** False when it has ended. */
  renew(id: LeaseId): boolean {
    const lease = this.#leases.get(id);
    if (lease === undefined || !this.lives(id)) return false;
    lease.deadline = this.#clock.monotonic() + lease.ttlMs;
    return true;
  }

  lives(id: LeaseId): boolean {
    const lease = this.#leases.get(id);
    return lease !== undefined && lease.deadline > this.#clock.monotonic();
  }

  /** False when it was not there. */
  remove(id: LeaseId): boolean {
    return this.#leases.delete(id);
  }

  close(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    this.#leases.clear();
  }

  #sleepUntil(deadline: number): void {
    if (this.#wake !== undefined && this.#wake.at <= deadline) return;
    this.#wake?.cancel();
    const delay = Math.max(1, Math.ceil(deadline - this.#clock.monotonic()));
    this.#wake = { at: deadline, cancel: this.#clock.schedule(delay, () => this.#sweep()) };
  }

  #sweep(): void {
    this.#wake = undefined;
    const now = this.#clock.monotonic();
    let soonest = Infinity;
    for (const [id, lease] of this.#leases) {
      if (lease.deadline <= now) {
        this.#leases.delete(id);
        this.#onExpire(id);
      } else soonest = Math.min(soonest, lease.deadline);
    }
    if (soonest < Infinity) this.#sleepUntil(soonest);
  }
}
