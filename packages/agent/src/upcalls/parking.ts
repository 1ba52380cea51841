import type { DropReason } from '@midonet/flow';
import { ownedCopy, type Packet } from './packet.ts';

type Parked = { readonly packet: Packet; readonly until: number; readonly keys: readonly string[] };

const MAX_PER_KEY = 64;
const MAX_TOTAL = 4096;
const LIMIT_MS = 5_000;

/**
 * Packets that wait for topology or a neighbour, each for all it lacks at once: it is tried again
 * when the first of these comes. A packet that is parked again keeps its time limit.
 */
export class Parking {
  readonly #byKey = new Map<string, Set<Parked>>();
  /** In order of deadline, which is the order of first arrival for all but a few. */
  readonly #all = new Set<Parked>();
  readonly #deadlines = new WeakMap<Packet, number>();
  readonly #onDrop: (reason: DropReason, packet: Packet) => void;

  constructor(onDrop: (reason: DropReason, packet: Packet) => void) {
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Everything that packets wait for now. */
  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  park(packet: Packet, keys: readonly string[], now: number): void {
    const crowded = keys.some((key) => (this.#byKey.get(key)?.size ?? 0) >= MAX_PER_KEY);
    if (crowded || this.#all.size >= MAX_TOTAL) {
      this.#onDrop('parkingFull', packet);
      return;
    }
    const known = this.#deadlines.get(packet);
    const owned = known === undefined ? ownedCopy(packet) : packet;
    const until = known ?? now + LIMIT_MS;
    this.#deadlines.set(owned, until);
    const parked: Parked = { packet: owned, until, keys };
    this.#all.add(parked);
    for (const key of keys) {
      let set = this.#byKey.get(key);
      if (set === undefined) this.#byKey.set(key, (set = new Set()));
      set.add(parked);
    }
  }

  /** Takes out what waited for `key`, in order of arrival. */
  wake(key: string): Packet[] {
    const woken = [...(this.#byKey.get(key) ?? [])];
    for (const parked of woken) this.#leave(parked);
    return woken.map(({ packet }) => packet);
  }

  /** Drops what waited too long. */
  expire(now: number): void {
    for (const parked of this.#all) {
      if (parked.until > now) continue;
      this.#leave(parked);
      this.#onDrop('parkedTooLong', parked.packet);
    }
  }

  #leave(parked: Parked): void {
    this.#all.delete(parked);
    for (const key of parked.keys) {
      const set = this.#byKey.get(key);
      set?.delete(parked);
      if (set?.size === 0) this.#byKey.delete(key);
    }
  }
}
