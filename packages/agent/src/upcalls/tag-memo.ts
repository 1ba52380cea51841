import type { Tag } from '@midonet/flow';

const KEPT = 8192;

/** Tags already made, so that a flow costs no new text. At the bound it starts over. */
export class TagMemo<Key extends string | number> {
  readonly #make: (key: Key) => Tag;
  readonly #tags = new Map<Key, Tag>();

  constructor(make: (key: Key) => Tag) {
    this.#make = make;
  }

  get(key: Key): Tag {
    const known = this.#tags.get(key);
    if (known !== undefined) return known;
    if (this.#tags.size >= KEPT) this.#tags.clear();
    const tag = this.#make(key);
    this.#tags.set(key, tag);
    return tag;
  }
}
