import type { FlowKey, FlowMask } from '@midonet/flow';
import type { FlowId, FlowSpec } from '../../datapath.ts';
import { flowIdAt, placeOf } from '../../flow-id.ts';
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
  /** By the places of their ids. */
  readonly #flows: (FlowEntry | undefined)[] = [];
  #newest: FlowEntry | undefined;
  #oldest: FlowEntry | undefined;
  /** Places of flows that have gone. */
  readonly #free: number[] = [];
  #generation = 0;

  constructor(capacity: number, maxMasks: number) {
    this.#capacity = capacity;
    this.#maxMasks = maxMasks;
  }

  get size(): number {
    return this.#flows.length - this.#free.length;
  }

  get masks(): number {
    return this.#groups.length;
  }

  *entries(): Generator<FlowEntry> {
    for (const entry of this.#flows) if (entry !== undefined) yield entry;
  }

  get(id: FlowId): FlowEntry | undefined {
    const entry = this.#flows[placeOf(id)];
    return entry?.id === id ? entry : undefined;
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
    const evicted = this.size >= this.#capacity ? this.#oldest : undefined;
    if (evicted !== undefined) this.remove(evicted);
    // The group may have gone with its last flow.
    if (!this.#groups.includes(group)) this.#groups.push(group);
    const place = this.#free.pop() ?? this.#flows.length;
    const entry = new FlowEntry(flowIdAt(place, ++this.#generation), group.hash(own.key), own, now);
    group.add(entry);
    this.#flows[place] = entry;
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
    const place = placeOf(entry.id);
    if (this.#flows[place] !== entry) return;
    this.#flows[place] = undefined;
    this.#free.push(place);
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
