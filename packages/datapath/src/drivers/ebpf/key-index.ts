import { KEY_WORDS } from '@midonet/flow';

/**
 * From masked key to flow slot: open addressing over typed arrays, so that putting a flow makes no
 * strings and no objects. Holds the keys themselves, by slot.
 */
export class KeyIndex {
  readonly keys: Uint32Array;
  readonly #cells: Int32Array;
  readonly #limit: number;

  constructor(capacity: number) {
    this.keys = new Uint32Array(capacity * KEY_WORDS);
    this.#limit = 2 ** Math.ceil(Math.log2(capacity * 2)) - 1;
    this.#cells = new Int32Array(this.#limit + 1).fill(-1);
  }

  /** Slot of the key at `$words` (KEY_WORDS of them), or -1. */
  find($words: Uint32Array): number {
    for (let at = hash($words, 0) & this.#limit; ; at = (at + 1) & this.#limit) {
      const slot = this.#cells[at]!;
      if (slot < 0 || this.#same(slot, $words)) return slot;
    }
  }

  /** The key must not be there and `slot` be free. */
  insert(slot: number, $words: Uint32Array): void {
    this.keys.set($words, slot * KEY_WORDS);
    let at = hash($words, 0) & this.#limit;
    while (this.#cells[at]! >= 0) at = (at + 1) & this.#limit;
    this.#cells[at] = slot;
  }

  remove(slot: number): void {
    let at = this.#home(slot);
    while (this.#cells[at] !== slot) at = (at + 1) & this.#limit;
    // Move back what stands behind and would no longer be found.
    for (let next = (at + 1) & this.#limit; this.#cells[next]! >= 0; next = (next + 1) & this.#limit) {
      const home = this.#home(this.#cells[next]!);
      if (((next - home) & this.#limit) < ((next - at) & this.#limit)) continue;
      this.#cells[at] = this.#cells[next]!;
      at = next;
    }
    this.#cells[at] = -1;
  }

  #home(slot: number): number {
    return hash(this.keys, slot * KEY_WORDS) & this.#limit;
  }

  #same(slot: number, $words: Uint32Array): boolean {
    const base = slot * KEY_WORDS;
    for (let i = 0; i < KEY_WORDS; i++) if (this.keys[base + i] !== $words[i]) return false;
    return true;
  }
}

function hash(words: Uint32Array, base: number): number {
  let h = 0x9e3779b9;
  for (let i = 0; i < KEY_WORDS; i++) {
    h = Math.imul(h ^ words[base + i]!, 0x85ebca6b);
    h ^= h >>> 15;
  }
  return h >>> 0;
}
