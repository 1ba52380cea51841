import type { HostId, PortId } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';

/** What another host takes to hear of it and to hand over, with room. */
const SETTLE_MS = 300;

/**
 * What came a moment ago, and where a packet that begins a connection should wait for it to settle.
 *
 * A port that moved here has connections that this host will hear of from the host where it was; until
 * then a packet of one looks like the first of a new one. A host that was just greeted cannot be told
 * of a connection before it has answered: the packet would be there first, and its answer be unknown.
 */
export class Arrivals<Id extends PortId | HostId> {
  readonly #clock: Clock;
  readonly #onSettled: (id: Id) => void;
  readonly #timers = new Map<Id, Timer>();

  constructor(clock: Clock, onSettled: (id: Id) => void) {
    this.#clock = clock;
    this.#onSettled = onSettled;
  }

  arrived(id: Id): void {
    this.#timers.get(id)?.cancel();
    this.#timers.set(
      id,
      this.#clock.after(SETTLE_MS, () => this.settled(id)),
    );
  }

  /** The other host has told, or there was none. */
  settled(id: Id): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    timer.cancel();
    this.#timers.delete(id);
    this.#onSettled(id);
  }

  /** A packet that begins a connection should wait. */
  isSettling(id: Id): boolean {
    return this.#timers.has(id);
  }

  /** How many are settling. */
  get size(): number {
    return this.#timers.size;
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

/** What such packets wait for, see `missingKey`. */
export function arrivalKey(id: PortId | HostId): string {
  return `arrival ${id}`;
}
