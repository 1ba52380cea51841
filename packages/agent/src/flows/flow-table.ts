import type { FlowId } from '@midonet/datapath';
import { isConnectionTag, type Found, type Tag } from '@midonet/flow';
import type { Cidr } from '@midonet/packet';
import { OwnTags } from './own-tags.ts';
import { isRouteTag, RouteOverlap } from './route-overlap.ts';
import { TagSets, type TagSet } from './tag-sets.ts';

const NO_CONNECTIONS: readonly Found[] = [];
const NO_TAGS: readonly Tag[] = [];

/** Connections whose packets a flow carries; or what makes them, where there are many flows and few who ask. */
export type Carried = readonly Found[] | (() => readonly Found[]);

/** What the agent remembers of an installed flow; everything else is in the datapath. */
export type FlowRecord = {
  readonly id: FlowId;
  readonly tags: readonly Tag[];
  readonly connections?: Carried | undefined;
};

/** A flow of many that differ in their connections alone. */
export type MadeFlow = {
  readonly id: FlowId;
  /** The very list that its siblings have; no tags of connections. */
  readonly shared: readonly Tag[];
  /** Its connections' tags, each once. */
  readonly own: readonly Tag[];
  readonly connections: Carried;
};

/** What changed, named as flows name it. Routes are found by overlap of prefixes. */
export type Invalidation = {
  readonly tags: Iterable<Tag>;
  readonly routes: Iterable<{ readonly routerId: string; readonly prefix: Cidr }>;
};

/**
 * Which installed flow depends on what. Bounded by the datapath's own table: a record exists exactly
 * as long as its flow.
 */
export class FlowTable {
  readonly #flows = new Map<FlowId, TagSet>();
  readonly #connections = new Map<FlowId, Carried>();
  readonly #own = new OwnTags();
  readonly #routes = new RouteOverlap();
  readonly #sets = new TagSets({
    onTagUsed: (tag) => {
      if (isRouteTag(tag)) this.#routes.add(tag);
    },
    onTagUnused: (tag) => {
      if (isRouteTag(tag)) this.#routes.remove(tag);
    },
  });

  get size(): number {
    return this.#flows.size;
  }

  get(id: FlowId): FlowRecord | undefined {
    const set = this.#flows.get(id);
    if (set === undefined) return undefined;
    return { id, tags: [...set.tags, ...this.#own.of(id)], connections: this.connectionsOf(id) };
  }

  has(id: FlowId): boolean {
    return this.#flows.has(id);
  }

  connectionsOf(id: FlowId): readonly Found[] {
    const carried = this.#connections.get(id) ?? NO_CONNECTIONS;
    return typeof carried === 'function' ? carried() : carried;
  }

  /** Flows that depend on `tag`. */
  *having(tag: Tag): Generator<FlowId> {
    if (isConnectionTag(tag)) yield* this.#own.flowsOf(tag);
    else for (const { flows } of this.#sets.of(tag)) yield* flows;
  }

  ids(): IterableIterator<FlowId> {
    return this.#flows.keys();
  }

  /** Adds a flow, or replaces what was known under its id. */
  set({ id, tags, connections = NO_CONNECTIONS }: FlowRecord): void {
    const own = tags.some(isConnectionTag) ? [...new Set(tags.filter(isConnectionTag))] : NO_TAGS;
    const shared = own.length === 0 ? tags : tags.filter((tag) => !isConnectionTag(tag));
    this.setMade({ id, shared, own, connections });
  }

  /** As `set`, of one that the datapath made. */
  setMade({ id, shared, own, connections }: MadeFlow): void {
    const set = this.#sets.intern(shared);
    if (this.#flows.get(id) === set) this.#forgetOwn(id);
    else {
      set.flows.add(id);
      this.remove(id);
      this.#flows.set(id, set);
    }
    this.#own.set(id, own);
    if (typeof connections === 'function' || connections.length > 0) this.#connections.set(id, connections);
  }

  remove(id: FlowId): void {
    const set = this.#flows.get(id);
    if (set === undefined) return;
    this.#flows.delete(id);
    this.#forgetOwn(id);
    set.flows.delete(id);
    if (set.flows.size === 0) this.#sets.drop(set);
  }

  #forgetOwn(id: FlowId): void {
    this.#own.remove(id);
    this.#connections.delete(id);
  }

  /** True while some flow depends on `tag`: what it names is in use. */
  uses(tag: Tag): boolean {
    return isConnectionTag(tag) ? this.#own.has(tag) : this.#sets.has(tag);
  }

  /** Forgets the flows that depend on what changed and gives their ids, each once; `onCarrier` hears of connections. */
  take(invalidation: Invalidation, onCarrier?: (id: FlowId, connections: readonly Found[]) => void): FlowId[] {
    const ids = new Set<FlowId>();
    for (const tag of invalidation.tags) this.#collect(tag, ids);
    for (const { routerId, prefix } of invalidation.routes) {
      for (const tag of this.#routes.overlapping(routerId, prefix)) this.#collect(tag, ids);
    }
    for (const id of ids) {
      if (this.#connections.has(id)) onCarrier?.(id, this.connectionsOf(id));
      this.remove(id);
    }
    return [...ids];
  }

  #collect(tag: Tag, into: Set<FlowId>): void {
    for (const id of this.having(tag)) into.add(id);
  }
}
