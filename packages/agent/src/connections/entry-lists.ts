/**
 * Doubly linked lists over the numbers of a table's entries: an entry is in one list at most. The
 * links of all entries are two arrays, so a million of them are nothing to the garbage collector.
 * Entry 0 is nobody.
 */
export class EntryLists {
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  /** The list an entry is in, plus one. */
  readonly #list: Int32Array;
  readonly #heads: number[] = [];
  readonly #tails: number[] = [];

  /** For entries 1 to `capacity`. Lists are numbered from 0, as dense as the caller makes them. */
  constructor(capacity: number) {
    this.#next = new Int32Array(capacity + 1);
    this.#prev = new Int32Array(capacity + 1);
    this.#list = new Int32Array(capacity + 1);
  }

  /** The entry that came first; 0 when there is none. */
  head(list: number): number {
    return this.#heads[list] ?? 0;
  }

  /** The entry after `entry` in its list; 0 at the end. */
  next(entry: number): number {
    return this.#next[entry]!;
  }

  has(entry: number): boolean {
    return this.#list[entry] !== 0;
  }

  /** Puts an entry at the end of a list, out of the one it was in. */
  push(list: number, entry: number): void {
    this.remove(entry);
    while (this.#heads.length <= list) {
      this.#heads.push(0);
      this.#tails.push(0);
    }
    const tail = this.#tails[list]!;
    this.#prev[entry] = tail;
    this.#list[entry] = list + 1;
    if (tail === 0) this.#heads[list] = entry;
    else this.#next[tail] = entry;
    this.#tails[list] = entry;
  }

  remove(entry: number): void {
    const list = this.#list[entry]! - 1;
    if (list < 0) return;
    const [next, prev] = [this.#next[entry]!, this.#prev[entry]!];
    if (prev === 0) this.#heads[list] = next;
    else this.#next[prev] = next;
    if (next === 0) this.#tails[list] = prev;
    else this.#prev[next] = prev;
    this.#next[entry] = 0;
    this.#prev[entry] = 0;
    this.#list[entry] = 0;
  }
}
