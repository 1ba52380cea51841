import type { Memory } from '../../kernel/libc.ts';
import { structOf, type Artefact } from './artefact.ts';

/**
 * Things of one kind that user space gives and the programs take (struct stock): a ring whose tail is
 * user space's, and from whose head whoever comes first takes.
 */
export class Stock {
  readonly #words: Int32Array;
  readonly #head: number;
  readonly #tail: number;
  readonly #items: number;
  readonly #size: number;

  /** `base`: where in the memory it begins, in bytes. */
  constructor(artefact: Artefact, memory: Memory, base: number) {
    const at = structOf(artefact, 'stock', ['head', 'tail', 'item']);
    this.#words = new Int32Array(memory.bytes.buffer);
    this.#head = (base + at.head) / 4;
    this.#tail = (base + at.tail) / 4;
    this.#items = (base + at.item) / 4;
    this.#size = (at.size - at.item) / 4;
  }

  /** Things that wait to be taken. */
  get count(): number {
    return (Atomics.load(this.#words, this.#tail) - Atomics.load(this.#words, this.#head)) | 0;
  }

  /** False when there is no room. */
  give(item: number): boolean {
    if (this.count >= this.#size) return false;
    const tail = Atomics.load(this.#words, this.#tail);
    // The item is there before the programs can see it.
    Atomics.store(this.#words, this.#items + (tail & (this.#size - 1)), item);
    Atomics.store(this.#words, this.#tail, (tail + 1) | 0);
    return true;
  }

  /** Takes back all that nobody has taken. */
  clear(): number[] {
    const items: number[] = [];
    while (this.count > 0) {
      const head = Atomics.load(this.#words, this.#head);
      const item = Atomics.load(this.#words, this.#items + (head & (this.#size - 1)));
      if (Atomics.compareExchange(this.#words, this.#head, head, (head + 1) | 0) === head) items.push(item);
    }
    return items;
  }
}
