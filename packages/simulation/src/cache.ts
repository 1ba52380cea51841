/**
 * Derived values that hang on immutable snapshot objects: computed when first asked for, gone with
 * the snapshot. This is the only cache in the package that outlives a simulation.
 */
export function derived<K extends WeakKey, V>(derive: (key: K) => V): (key: K) => V {
  const cache = new WeakMap<K, V>();
  return (key) => {
    let value = cache.get(key);
    if (value === undefined) {
      value = derive(key);
      cache.set(key, value);
    }
    return value;
  };
}

/** Values by number or big number, at most `limit` of them; at the bound it starts over (they are cheap to make). */
export class BoundedMemo<K extends number | bigint, V> {
  readonly #limit: number;
  readonly #make: (key: K) => V;
  readonly #values = new Map<K, V>();

  constructor(limit: number, make: (key: K) => V) {
    this.#limit = limit;
    this.#make = make;
  }

  get(key: K): V {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = this.#make(key);
      if (this.#values.size >= this.#limit) this.#values.clear();
      this.#values.set(key, value);
    }
    return value;
  }
}
