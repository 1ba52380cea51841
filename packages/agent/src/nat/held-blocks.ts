import { addressKey, type NatBlock } from './port-blocks.ts';

/** A block as this host believes to have it. */
export type Held = {
  readonly place: NatBlock;
  generation: number;
  /** Both by the machine's uptime, ms. */
  until: number;
  renewAt: number;
};

export function placeKey({ deviceId, address, block }: NatBlock): string {
  return `${deviceId} ${addressKey(address)} ${block}`;
}

export class HeldBlocks {
  readonly #blocks = new Map<string, Held>();

  get size(): number {
    return this.#blocks.size;
  }

  get(place: NatBlock): Held | undefined {
    return this.#blocks.get(placeKey(place));
  }

  put(held: Held): void {
    this.#blocks.set(placeKey(held.place), held);
  }

  remove(place: NatBlock): boolean {
    return this.#blocks.delete(placeKey(place));
  }

  all(): IterableIterator<Held> {
    return this.#blocks.values();
  }

  ended(now: number): Held[] {
    return [...this.#blocks.values()].filter(({ until }) => now >= until);
  }

  /** How many blocks of the address of a device. */
  count(deviceId: string, address: NatBlock['address']): number {
    let count = 0;
    for (const { place } of this.#blocks.values()) {
      if (place.address === address && place.deviceId === deviceId) count++;
    }
    return count;
  }
}
