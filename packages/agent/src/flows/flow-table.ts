import type { FlowId } from '@midonet/datapath';
import { connectionTag, isConnectionTag, type Connection, type Found, type Tag } from '@midonet/flow';
import type { Cidr } from '@midonet/packet';
import { connectionHash } from './connection-hash.ts';
import { FewOf, OwnTags } from './own-tags.ts';
import { isRouteTag, RouteOverlap } from './route-overlap.ts';
import { TagSets, type TagSet } from './tag-sets.ts';

const NO_CONNECTIONS: readonly Found[] = [];
const NO_TAGS: readonly Tag[] = [];
const NO_HASHES: readonly number[] = [];

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
  /** What it carries; it depends on each, by the tag of its original direction. */
  readonly own: readonly ConnectionEnds[];
  readonly connections: Carried;
};

/** What tells a connection from others. */
export type ConnectionEnds = Pick<Connection, 'device' | 'original' | 'reply'>;

type Entry = {
  readonly set: TagSet;
  readonly own: readonly Tag[];
  /** Of a flow that the datapath made: of its connections, in the place of their tags. */
  readonly hashes: readonly number[];
  readonly connections: Carried;
};

/** What changed, named as flows name it. Routes are found by overlap of prefixes. */
export type Invalidation = {
  readonly tags: Iterable<Tag>;
  readonly connections?: readonly ConnectionEnds[];
  readonly routes: Iterable<{ readonly routerId: string; readonly prefix: Cidr }>;
};

/**
 * Which installed flow depends on what. Bounded by the datapath's own table: a record exists exactly
 * as long as its flow.
 */
export class FlowTable {
  readonly #flows = new Map<FlowId, Entry>();
  readonly #own = new OwnTags();
  /** By connectionHash(): flows whose connections have no tags of their own. */
  readonly #made = new FewOf<number>();
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
    const entry = this.#flows.get(id);
    if (entry === undefined) return undefined;
    const connections = this.connectionsOf(id);
    const made = entry.hashes.length === 0 ? NO_CONNECTIONS : connections;
    const tags = made.map(({ connection }) => connectionTag(connection.device, connection.original));
    return { id, tags: [...entry.set.tags, ...entry.own, ...tags], connections };
  }

  has(id: FlowId): boolean {
    return this.#flows.has(id);
  }

  connectionsOf(id: FlowId): readonly Found[] {
    const carried = this.#flows.get(id)?.connections ?? NO_CONNECTIONS;
    return typeof carried === 'function' ? carried() : carried;
  }

  /** Flows that depend on `tag`; of a connection's, those alone that were given it. */
  *having(tag: Tag): Generator<FlowId> {
    if (isConnectionTag(tag)) yield* this.#own.flowsOf(tag);
    else for (const { flows } of this.#sets.of(tag)) yield* flows;
  }

  /** True while some flow may depend on a connection being there, or not. */
  usesConnection({ device, original, reply }: ConnectionEnds): boolean {
    if (this.#made.has(connectionHash(device, original))) return true;
    for (const tuple of [original, reply]) {
      if (this.#own.mayHave(tuple) && this.#own.has(connectionTag(device, tuple))) return true;
    }
    return false;
  }

  /** Flows that depend on a connection's original direction, and perhaps one or two of others. */
  *ofConnection({ device, original }: ConnectionEnds): Generator<FlowId> {
    yield* this.#made.of(connectionHash(device, original));
    if (this.#own.mayHave(original)) yield* this.#own.flowsOf(connectionTag(device, original));
  }

  ids(): IterableIterator<FlowId> {
    return this.#flows.keys();
  }

  /** Adds a flow, or replaces what was known under its id. */
  set({ id, tags, connections = NO_CONNECTIONS }: FlowRecord): void {
    const own = tags.some(isConnectionTag) ? [...new Set(tags.filter(isConnectionTag))] : NO_TAGS;
    const shared = own.length === 0 ? tags : tags.filter((tag) => !isConnectionTag(tag));
    this.#set(id, { set: this.#sets.intern(shared), own, hashes: NO_HASHES, connections });
  }

  /** As `set`, of one that the datapath made. */
  setMade({ id, shared, own, connections }: MadeFlow): void {
    const hashes = own.map(({ device, original }) => connectionHash(device, original));
    this.#set(id, { set: this.#sets.intern(shared), own: NO_TAGS, hashes, connections });
  }

  #set(id: FlowId, entry: Entry): void {
    // It may be the last of its set: not one moment without a flow.
    const before = this.#flows.get(id);
    entry.set.flows.add(id);
    if (before !== undefined) this.#forget(id, before, entry.set);
    this.#flows.set(id, entry);
    for (const tag of entry.own) this.#own.add(tag, id);
    for (const hash of entry.hashes) this.#made.add(hash, id);
  }

  remove(id: FlowId): void {
    const entry = this.#flows.get(id);
    if (entry === undefined) return;
    this.#flows.delete(id);
    this.#forget(id, entry, undefined);
  }

  #forget(id: FlowId, { set, own, hashes }: Entry, next: TagSet | undefined): void {
    for (const tag of own) this.#own.remove(tag, id);
    for (const hash of hashes) this.#made.remove(hash, id);
    if (set === next) return;
    set.flows.delete(id);
    if (set.flows.size === 0) this.#sets.drop(set);
  }

  /** True while some flow depends on `tag`: what it names is in use. */
  uses(tag: Tag): boolean {
    return isConnectionTag(tag) ? this.#own.has(tag) : this.#sets.has(tag);
  }

  /** Forgets the flows that depend on what changed and gives their ids, each once; `onCarrier` hears of connections. */
  take(invalidation: Invalidation, onCarrier?: (id: FlowId, connections: readonly Found[]) => void): FlowId[] {
    const ids = new Set<FlowId>();
    for (const tag of invalidation.tags) this.#collect(tag, ids);
    for (const each of invalidation.connections ?? []) this.#collectOf(each, ids);
    for (const { routerId, prefix } of invalidation.routes) {
      for (const tag of this.#routes.overlapping(routerId, prefix)) this.#collect(tag, ids);
    }
    for (const id of ids) {
      const carried = onCarrier === undefined ? NO_CONNECTIONS : this.connectionsOf(id);
      if (carried.length > 0) onCarrier?.(id, carried);
      this.remove(id);
    }
    return [...ids];
  }

  /** One of another connection with the same hash is decided anew, no harm done. */
  #collectOf(connection: ConnectionEnds, into: Set<FlowId>): void {
    for (const id of this.ofConnection(connection)) into.add(id);
    const { device, reply } = connection;
    if (this.#own.mayHave(reply)) this.#collect(connectionTag(device, reply), into);
  }

  #collect(tag: Tag, into: Set<FlowId>): void {
    for (const id of this.having(tag)) into.add(id);
  }
}
