import type { FlowId } from '@midonet/datapath';
import type { Tag } from '@midonet/flow';

/** The sets that hold one tag. `slots[i]` is where this tag stands in the list of `sets[i]`. */
export type TagEntry = {
  readonly tag: Tag;
  /** Tells entries apart in hashes. */
  readonly serial: number;
  readonly sets: TagSet[];
  readonly slots: number[];
};

/** All flows that depend on exactly these tags; its entries, and its place in each. */
export type TagSet = {
  readonly tags: readonly Tag[];
  readonly hash: number;
  readonly entries: readonly TagEntry[];
  readonly places: number[];
  readonly flows: Set<FlowId>;
};

export type TagEvents = {
  onTagUsed(tag: Tag): void;
  onTagUnused(tag: Tag): void;
};

/**
 * The tag lists of installed flows, each kept once: flows of one class of traffic have the same, and
 * a thousand flows of it cost a thousand numbers. Dense arrays both ways, so that joining and leaving
 * a tag costs a push and a swap with the last.
 */
export class TagSets {
  readonly #byTag = new Map<Tag, TagEntry>();
  readonly #byHash = new Map<number, TagSet[]>();
  /** By the very list that a set was made of: those who have the list need not have it compared. */
  readonly #byList = new Map<readonly Tag[], TagSet>();
  readonly #events: TagEvents;
  #$entries: TagEntry[] = [];
  #serials = 0;

  constructor(events: TagEvents) {
    this.#events = events;
  }

  /** True while some set has `tag`. */
  has(tag: Tag): boolean {
    return this.#byTag.has(tag);
  }

  /** The sets that have `tag`; borrowed. */
  of(tag: Tag): readonly TagSet[] {
    return this.#byTag.get(tag)?.sets ?? [];
  }

  /** The one set of this very list. Drop it when its last flow has gone. */
  intern(tags: readonly Tag[]): TagSet {
    const known = this.#byList.get(tags);
    if (known !== undefined) return known;
    const $entries = this.#$entries;
    let hash = tags.length;
    for (let i = 0; i < tags.length; i++) {
      const tag = tags[i] ?? ('' as Tag);
      const entry = this.#byTag.get(tag) ?? this.#enter(tag);
      $entries[i] = entry;
      hash = (Math.imul(hash, 31) + entry.serial) | 0;
    }
    $entries.length = tags.length;
    const bucket = this.#byHash.get(hash);
    return bucket?.find(({ entries }) => same(entries, $entries)) ?? this.#add(tags, hash, bucket);
  }

  drop(set: TagSet): void {
    this.#byList.delete(set.tags);
    const bucket = this.#byHash.get(set.hash) ?? [];
    if (bucket.length > 1) bucket.splice(bucket.indexOf(set), 1);
    else this.#byHash.delete(set.hash);
    for (let i = 0; i < set.entries.length; i++) this.#leave(set.entries[i], set.places[i]);
  }

  #enter(tag: Tag): TagEntry {
    const entry: TagEntry = { tag, serial: ++this.#serials, sets: [], slots: [] };
    this.#byTag.set(tag, entry);
    this.#events.onTagUsed(tag);
    return entry;
  }

  #add(tags: readonly Tag[], hash: number, bucket: TagSet[] | undefined): TagSet {
    const entries = this.#$entries;
    this.#$entries = [];
    const set: TagSet = { tags, hash, entries, places: [], flows: new Set() };
    for (const [slot, entry] of entries.entries()) {
      set.places.push(entry.sets.length);
      entry.sets.push(set);
      entry.slots.push(slot);
    }
    this.#byList.set(tags, set);
    if (bucket === undefined) this.#byHash.set(hash, [set]);
    else bucket.push(set);
    return set;
  }

  #leave(entry: TagEntry | undefined, place: number | undefined): void {
    const last = entry?.sets.pop();
    const slot = entry?.slots.pop();
    if (entry === undefined || place === undefined || last === undefined || slot === undefined) return;
    if (place < entry.sets.length) {
      entry.sets[place] = last;
      entry.slots[place] = slot;
      last.places[slot] = place;
    }
    if (entry.sets.length > 0) return;
    this.#byTag.delete(entry.tag);
    this.#events.onTagUnused(entry.tag);
  }
}

function same(a: readonly TagEntry[], b: readonly TagEntry[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
