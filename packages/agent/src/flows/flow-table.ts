import type { FlowId } from '@midonet/datapath';
import type { Found, Tag } from '@midonet/flow';
import type { Cidr } from '@midonet/packet';
import { isRouteTag, RouteOverlap } from './route-overlap.ts';
import { TagSets, type TagSet } from './tag-sets.ts';

const NO_CONNECTIONS: readonly Found[] = [];

/** What the agent remembers of an installed flow; everything else is in the datapath. */
export type FlowRecord = {
  readonly id: FlowId;
  readonly tags: readonly Tag[];
  /** Connections whose packets it carries. */
  readonly connections?: readonly Found[] | undefined;
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
  readonly #connections = new Map<FlowId, readonly Found[]>();
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
    return set === undefined ? undefined : { id, tags: set.tags, connections: this.connectionsOf(id) };
  }

  has(id: FlowId): boolean {
    return this.#flows.has(id);
  }

  connectionsOf(id: FlowId): readonly Found[] {
    return this.#connections.get(id) ?? NO_CONNECTIONS;
  }

  /** Flows that depend on `tag`. */
  *having(tag: Tag): Generator<FlowId> {
    for (const { flows } of this.#sets.of(tag)) yield* flows;
  }

  ids(): IterableIterator<FlowId> {
    return this.#flows.keys();
  }

  /** Adds a flow, or replaces what was known under its id. */
  set({ id, tags, connections }: FlowRecord): void {
    const set = this.#sets.intern(tags);
    if (this.#flows.get(id) !== set) {
      set.flows.add(id);
      this.remove(id);
      this.#flows.set(id, set);
    }
    if (connections === undefined || connections.length === 0) this.#connections.delete(id);
    else this.#connections.set(id, connections);
  }

  remove(id: FlowId): void {
    const set = this.#flows.get(id);
    if (set === undefined) return;
    this.#flows.delete(id);
    this.#connections.delete(id);
    set.flows.delete(id);
    if (set.flows.size === 0) this.#sets.drop(set);
  }

  /** True while some flow depends on `tag`: what it names is in use. */
  uses(tag: Tag): boolean {
    return this.#sets.has(tag);
  }

  /** Forgets the flows that depend on what changed and gives their ids, each once; `onCarrier` hears of connections. */
  take(invalidation: Invalidation, onCarrier?: (id: FlowId, connections: readonly Found[]) => void): FlowId[] {
    const ids = new Set<FlowId>();
    for (const tag of invalidation.tags) this.#collect(tag, ids);
    for (const { routerId, prefix } of invalidation.routes) {
      for (const tag of this.#routes.overlapping(routerId, prefix)) this.#collect(tag, ids);
    }
    for (const id of ids) {
      const connections = this.#connections.get(id);
      if (connections !== undefined) onCarrier?.(id, connections);
      this.remove(id);
    }
    return [...ids];
  }

  #collect(tag: Tag, into: Set<FlowId>): void {
    for (const { flows } of this.#sets.of(tag)) for (const id of flows) into.add(id);
  }
}
