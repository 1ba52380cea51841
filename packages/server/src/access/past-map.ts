import type { Revision } from '@midonet/store';

type Was<V> = { readonly until: Revision; readonly value: V | undefined };

/** A map that still tells what it held at earlier revisions, as far back as it was not told to forget. */
export class PastMap<V> {
  readonly #now = new Map<string, V>();
  /** What a key held before, oldest first: until the revision that changed it. */
  readonly #past = new Map<string, Was<V>[]>();
  /** What is to be forgotten, in order. */
  #changes: { readonly key: string; readonly until: Revision }[] = [];
  #forgotten = 0;

  /** `at`: behind the change of that revision; absent: as it is. */
  get(key: string, at?: Revision): V | undefined {
    const past = at === undefined ? undefined : this.#past.get(key);
    const was = past?.find(({ until }) => at !== undefined && until > at);
    return was === undefined ? this.#now.get(key) : was.value;
  }

  /** Undefined takes it away. Without a revision it was so ever since. */
  set(key: string, value: V | undefined, by?: Revision): void {
    const before = this.#now.get(key);
    if (before === value) return;
    if (value === undefined) this.#now.delete(key);
    else this.#now.set(key, value);
    if (by === undefined) return;
    const past = this.#past.get(key) ?? [];
    // Of several changes of one revision only the first takes something away that was there at another.
    if (past.at(-1)?.until === by) return;
    this.#past.set(key, [...past, { until: by, value: before }]);
    this.#changes.push({ key, until: by });
  }

  /** Whether something is known of the key, now or before. */
  knows(key: string): boolean {
    return this.#now.has(key) || this.#past.has(key);
  }

  /** What was before `start` is asked for no more. */
  forget(start: Revision): void {
    for (let next = this.#changes[this.#forgotten]; next !== undefined && next.until <= start;) {
      const kept = (this.#past.get(next.key) ?? []).filter(({ until }) => until > start);
      if (kept.length === 0) this.#past.delete(next.key);
      else this.#past.set(next.key, kept);
      next = this.#changes[++this.#forgotten];
    }
    if (this.#forgotten < 1024 && this.#forgotten < this.#changes.length) return;
    this.#changes = this.#changes.slice(this.#forgotten);
    this.#forgotten = 0;
  }

  clear(): void {
    this.#now.clear();
    this.#past.clear();
    this.#changes = [];
    this.#forgotten = 0;
  }
}
