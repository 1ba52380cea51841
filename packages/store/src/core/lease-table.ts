import type { Clock } from '../clock.ts';
import type { LeaseId } from '../store.ts';

type Lease = { readonly ttlMs: number; deadline: number };

/** A timer looks at least so often, so that it is noticed how long this process stood still. */
const TICK_MS = 1_000;
/** A timer that comes so much later than asked for shows that nothing else came to be done meanwhile. */
const LATE_MS = 50;

/**
 * Which leases live, and the timer that ends them. Renewing moves a deadline and touches no timer:
 * the one timer sleeps until the soonest deadline it knew, then looks again.
 *
 * Time in which this process did not get to read what its holders send does not count: when it is busy, or the
 * machine stood still, a renewal may wait in a socket. Ending leases then makes all their rows go and come again,
 * which is more work for a controller that had too much of it.
 */
export class LeaseTable {
  readonly #leases = new Map<LeaseId, Lease>();
  readonly #clock: Clock;
  readonly #onExpire: (id: LeaseId) => void;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;
  #cameLate = false;

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
    if (lease === undefined) return false;
    lease.deadline = this.#clock.monotonic() + lease.ttlMs;
    return true;
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
    const now = this.#clock.monotonic();
    const at = Math.max(now + 1, Math.min(deadline, now + TICK_MS));
    if (this.#wake !== undefined && this.#wake.at <= at) return;
    this.#wake?.cancel();
    this.#wake = { at, cancel: this.#clock.schedule(Math.ceil(at - now), () => this.#sweep(at)) };
  }

  #sweep(planned: number): void {
    this.#wake = undefined;
    const now = this.#clock.monotonic();
    const late = now - planned > LATE_MS ? now - planned : 0;
    // What waits in sockets is read between this timer and the next: nothing ends before. Never twice in a row, or
    // a process that is always busy would end nothing.
    const ends = late === 0 || this.#cameLate;
    this.#cameLate = !ends;
    let soonest = Infinity;
    for (const [id, lease] of this.#leases) {
      lease.deadline += late;
      if (ends && lease.deadline <= now) {
        this.#leases.delete(id);
        this.#onExpire(id);
      } else soonest = Math.min(soonest, lease.deadline);
    }
    if (soonest < Infinity) this.#sleepUntil(soonest);
  }
}
