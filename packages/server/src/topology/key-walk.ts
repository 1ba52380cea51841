import type { Store, StoreEntry } from '@midonet/store';

const FEWEST = 8;
const MOST = 250;

/**
 * Finds rows for one object after the other, in the order of their keys, in pages that many objects share: a list of
 * a hundred thousand objects does not ask the store a hundred thousand times. Pages are small while the wanted ones
 * are far apart. For one reader at a time.
 */
export class KeyWalk {
  readonly #store: Pick<Store, 'list'>;
  readonly #prefix: string;
  /** All there is below the prefix behind `#passed`, up to the last of them, or to the end when there is no more. */
  #rows: readonly StoreEntry[] = [];
  #next = 0;
  #passed = '';
  #more = true;
  #limit = FEWEST;
  /** Objects for which the page had the answer. */
  #served = 0;

  constructor(store: Pick<Store, 'list'>, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /**
   * Gives `take` the rows whose keys begin with `start`. When those are more than a page, `skip` may say behind which
   * key the next one of interest can be, and undefined that there is none.
   */
  async each(
    start: string,
    take: (row: StoreEntry) => void,
    skip = (last: string): string | undefined => last,
  ): Promise<void> {
    if (!this.#tellsOf(start)) await this.#turn(start.slice(0, -1), this.#limitAfterThis());
    this.#served++;
    for (;;) {
      for (let row = this.#rows[this.#next]; row !== undefined; row = this.#rows[++this.#next]) {
        if (row.key.startsWith(start)) take(row);
        else if (row.key > start) return;
        this.#passed = row.key;
      }
      if (!this.#more) return;
      const from = this.#passed.startsWith(start) ? skip(this.#passed) : this.#passed;
      if (from === undefined) return;
      await this.#turn(from, MOST);
    }
  }

  /** Whether the page at hand has the first row that begins so, or shows that there is none. */
  #tellsOf(start: string): boolean {
    if (start <= this.#passed) return false;
    const last = this.#rows.at(-1)?.key;
    return !this.#more || (last !== undefined && start <= last);
  }

  #limitAfterThis(): number {
    const wanted = this.#served * 2 >= this.#limit ? this.#limit * 2 : this.#limit / 2;
    return Math.min(MOST, Math.max(FEWEST, Math.floor(wanted)));
  }

  async #turn(after: string, limit: number): Promise<void> {
    const { entries, more } = await this.#store.list(this.#prefix, { after, limit });
    [this.#rows, this.#more, this.#passed, this.#next] = [entries, more, after, 0];
    [this.#limit, this.#served] = [limit, 0];
  }
}
