import type { Listing, Revision, Store, StoreEntry } from '@midonet/store';

/** Entries kept at most, those of pages counted; a read costs one at least. */
const MOST = 16_384;

type Kept = { readonly read: Promise<unknown>; weight: number };

/**
 * Reads of the store as it was at a revision. What was there never changes, so all who follow the same
 * thing share one read of what an event led them to: a thousand agents do not ask the store a thousand
 * times. The oldest reads are forgotten.
 */
export class RevisionReads {
  readonly #store: Pick<Store, 'get' | 'list'>;
  readonly #kept = new Map<string, Kept>();
  #weight = 0;

  constructor(store: Pick<Store, 'get' | 'list'>) {
    this.#store = store;
  }

  get(key: string, at: Revision): Promise<StoreEntry | undefined> {
    return this.#share(
      `${at} ${key}`,
      () => this.#store.get(key, at),
      () => 1,
    );
  }

  /** At most `limit` entries below `prefix` behind `after`. */
  page(prefix: string, at: Revision, limit: number, after: string | undefined): Promise<Listing> {
    return this.#share(
      `${at} ${prefix} ${limit} ${after ?? ''}`,
      () => this.#store.list(prefix, { at, limit, after }),
      ({ entries }) => Math.max(1, entries.length),
    );
  }

  #share<T>(name: string, read: () => Promise<T>, weightOf: (value: T) => number): Promise<T> {
    const known = this.#kept.get(name);
    if (known !== undefined) return known.read as Promise<T>; // a name stands for one kind of read
    const started = read();
    const kept: Kept = { read: started, weight: 1 };
    this.#kept.set(name, kept);
    this.#weight += 1;
    this.#forgetOldest();
    started.then(
      (value) => {
        if (this.#kept.get(name) !== kept) return;
        const weight = weightOf(value);
        this.#weight += weight - kept.weight;
        kept.weight = weight;
        this.#forgetOldest();
      },
      // What failed is tried anew.
      () => this.#forget(name, kept),
    );
    return started;
  }

  #forgetOldest(): void {
    for (const [name, kept] of this.#kept) {
      if (this.#weight <= MOST) return;
      this.#forget(name, kept);
    }
  }

  #forget(name: string, kept: Kept): void {
    if (this.#kept.get(name) !== kept) return;
    this.#kept.delete(name);
    this.#weight -= kept.weight;
  }
}
