import type { PortId } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';

/** What another host takes to hear of it and to hand over, with room. */
const SETTLE_MS = 300;

/**
 * Ports that came to this host a moment ago. One that moved here has connections that this host will
 * hear of from the host where it was; until then a packet of one looks like the first of a new one.
 */
export class Arrivals {
  readonly #clock: Clock;
  readonly #onSettled: (port: PortId) => void;
  readonly #timers = new Map<PortId, Timer>();

  constructor(clock: Clock, onSettled: (port: PortId) => void) {
    this.#clock = clock;
    this.#onSettled = onSettled;
  }

  arrived(port: PortId): void {
    this.#timers.get(port)?.cancel();
    this.#timers.set(
      port,
      this.#clock.after(SETTLE_MS, () => this.settled(port)),
    );
  }

  /** The other host has told, or there was none. */
  settled(port: PortId): void {
    const timer = this.#timers.get(port);
    if (timer === undefined) return;
    timer.cancel();
    this.#timers.delete(port);
    this.#onSettled(port);
  }

  /** A packet that begins a connection should wait. */
  isSettling(port: PortId): boolean {
    return this.#timers.has(port);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

/** What such packets wait for, see `missingKey`. */
export function arrivalKey(port: PortId): string {
  return `arrival ${port}`;
}
