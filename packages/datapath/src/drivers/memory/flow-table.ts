import type { FlowKey, FlowMask } from '@midonet/flow';
import type { FlowId, FlowSpec } from '../../datapath.ts';
import { FlowEntry } from './flow-entry.ts';
import { MaskGroup } from './mask-group.ts';

export type Stored = {
  readonly kind: 'stored' | 'replaced';
  readonly entry: FlowEntry;
  /** The flow that made room. */
  readonly evicted: FlowEntry | undefined;
};

/**
 * Flows by mask, at most `capacity` of them. When full, the least recently used flow goes: an
 * unused flow costs one upcall to bring back, a refused one costs an upcall for every packet.
 * Overlapping flows have no priority: any that matches is right, so the first found is taken.
 */
export class FlowTable {
  readonly #capacity: number;
  readonly #maxMasks: number;
  readonly #groups: MaskGroup[] = [];
  readonly #byId = new Map<FlowId, FlowEntry>();
  #newest: FlowEntry | undefined;
  #oldest: FlowEntry | undefined;
  #nextId = 1;

  constructor(capacity: number, maxMasks: number) {
    this.#capacity = capacity;
    this.#maxMasks = maxMasks;
  }

  get size(): number {
    return this.#byId.size;
  }

  get masks(): number {
    return this.#groups.length;
  }

  entries(): Iterable<FlowEntry> {
    return this.#byId.values();
  }

  get(id: FlowId): FlowEntry | undefined {
    return this.#byId.get(id);
  }

  find(key: FlowKey): FlowEntry | undefined {
    for (const group of this.#groups) {
      const entry = group.find(key);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Takes over `spec` (key and mask are copied). 'tooManyMasks' when its mask would be one too many. */
  put(spec: FlowSpec, now: number): Stored | 'tooManyMasks' {
    const group = this.#groupOf(spec.mask);
    if (group === undefined) return 'tooManyMasks';
    const own: FlowSpec = { ...spec, key: spec.key.slice() as FlowKey, mask: group.mask };
    const existing = group.find(own.key);
    if (existing !== undefined) {
      existing.spec = own;
      existing.putAt = now;
      this.used(existing, now);
      return { kind: 'replaced', entry: existing, evicted: undefined };
    }
    const evicted = this.#byId.size >= this.#capacity ? this.#oldest : undefined;
    if (evicted !== undefined) this.remove(evicted);
    // The group may have gone with its last flow.
    if (!this.#groups.includes(group)) this.#groups.push(group);
    const entry = new FlowEntry(this.#nextId++ as FlowId, group.hash(own.key), own, now);
    group.add(entry);
    this.#byId.set(entry.id, entry);
    this.#linkNewest(entry);
    return { kind: 'stored', entry, evicted };
  }

  /** Marks the flow as the most recently used. */
  used(entry: FlowEntry, now: number): void {
    entry.usedAt = now;
    if (this.#newest === entry) return;
    this.#unlink(entry);
    this.#linkNewest(entry);
  }

  remove(entry: FlowEntry): void {
    if (!this.#byId.delete(entry.id)) return;
    this.#unlink(entry);
    const index = this.#groups.findIndex((group) => group.mask === entry.spec.mask);
    const group = this.#groups[index];
    if (group === undefined) return;
    group.remove(entry);
    if (group.size === 0) this.#groups.splice(index, 1);
  }

  #groupOf(mask: FlowMask): MaskGroup | undefined {
    const known = this.#groups.find((group) => group.hasMask(mask));
    if (known !== undefined) return known;
    return this.#groups.length >= this.#maxMasks ? undefined : new MaskGroup(mask.slice() as FlowMask);
  }

  #linkNewest(entry: FlowEntry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: FlowEntry): void {
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    entry.newer = entry.older = undefined;
  }
}
