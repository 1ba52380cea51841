import { compareKeys, type StoreEntry } from '@midonet/store';

/** What a draft holds of a key: the entry that it put, or that it deleted it. */
export type Pending = StoreEntry | 'deleted';

/** Keys a draft has written, in key order. */
export class PendingKeys {
  readonly #keys: string[] = [];
  readonly #values = new Map<string, Pending>();

  get(key: string): Pending | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Pending): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#lowerBound(key), 0, key);
    this.#values.set(key, value);
  }

  /** Forgets everything below `prefix`. */
  clear(prefix: string): void {
    const start = this.#lowerBound(prefix);
    let end = start;
    while (this.#keys[end]?.startsWith(prefix) === true) end++;
    for (const key of this.#keys.splice(start, end - start)) this.#values.delete(key);
  }

  /** Below `prefix`, behind `after`, in order. */
  *below(prefix: string, after: string): Generator<readonly [key: string, value: Pending], void> {
    const start = compareKeys(after, prefix) > 0 ? after : prefix;
    for (let at = this.#lowerBound(start); at < this.#keys.length; at++) {
      const key = this.#keys[at] ?? '';
      if (!key.startsWith(prefix)) return;
      const value = this.#values.get(key);
      if (key !== after && value !== undefined) yield [key, value];
    }
  }

  entries(): IterableIterator<[string, Pending]> {
    return this.#values.entries();
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
