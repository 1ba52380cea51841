import type { Revision } from '@midonet/store';
import type { ChainId, Entity, EntityKind, Port, Rule, SharedRow } from '@midonet/topology';
import type { PortCompany } from '../topology/port-company.ts';
import type { Reader, TopologyReader } from '../topology/reader.ts';
import { ID_KINDS, tenantOf, type OwnerLookup } from './ownership.ts';
import { PathReader } from './path-reader.ts';
import { Visibility } from './visibility.ts';

type Any = Entity | SharedRow;
type OfKind<K extends Any['kind']> = Extract<Any, { readonly kind: K }>;
type IdKind = (typeof ID_KINDS)[number];

const KNOWN_FOR = 1000;

/** The topology as one tenant sees it: what is not theirs, and does not show by `Visibility`, is not there. */
export class ScopedReader implements Reader {
  readonly #all: TopologyReader;
  readonly #tenantId: string;
  readonly #visibility: Visibility;
  /** What was given out and is not the tenant's. */
  readonly #outlines = new WeakSet<object>();

  constructor(all: TopologyReader, tenantId: string) {
    this.#all = all;
    this.#tenantId = tenantId;
    this.#visibility = new Visibility(all, tenantId);
  }

  async readOnly(value: Entity): Promise<boolean> {
    return this.#outlines.has(value);
  }

  path(): PathReader {
    return new PathReader(this.#all, this.#tenantId);
  }

  async get<K extends Any['kind']>(kind: K, id: string, at?: Revision): Promise<OfKind<K> | undefined> {
    const value = await this.#all.get(kind, id, at);
    if (value === undefined) return undefined;
    // Of the past only what was one's own.
    if (at !== undefined) return (await this.#owns(value, this.#lookup(at))) ? value : undefined;
    return this.#shown(value, this.#lookup());
  }

  async list<K extends Any['kind']>(kind: K, owner?: string): Promise<OfKind<K>[]> {
    return this.#visible(await this.#all.list(kind, owner));
  }

  scan<K extends Any['kind']>(kind: K, owner?: string, after?: string): AsyncGenerator<OfKind<K>> {
    return this.#visibleOf(this.#all.scan(kind, owner, after));
  }

  scanChildren<K extends EntityKind>(
    owner: string,
    ownerId: string,
    kind: K,
    after?: string,
  ): AsyncGenerator<OfKind<K>> {
    return this.#visibleOf(this.#all.scanChildren(owner, ownerId, kind, after));
  }

  async children(owner: string, ownerId: string, child: string): Promise<string[]> {
    // A jump is named by its rule, and a trace by its request.
    const named: Readonly<Record<string, IdKind>> = { jump: 'rule', trace: 'traceRequest' };
    const kind = named[child] ?? ID_KINDS.find((one) => one === child);
    if (kind === undefined) return [];
    const ids = await this.#all.children(owner, ownerId, child);
    const objects = await this.#visible(await this.#gather(kind, ids));
    return objects.map(({ id }) => id);
  }

  async childObjects<K extends EntityKind>(
    owner: string,
    ownerId: string,
    kind: K,
    child?: string,
  ): Promise<OfKind<K>[]> {
    return this.#visible(await this.#all.childObjects(owner, ownerId, kind, child));
  }

  async company(port: Port): Promise<PortCompany> {
    return this.#visibleCompany(await this.#all.company(port));
  }

  companyInOrder(): (port: Port) => Promise<PortCompany> {
    const all = this.#all.companyInOrder();
    return async (port) => this.#visibleCompany(await all(port));
  }

  async rules(chain: ChainId): Promise<Rule[]> {
    return this.#visible(await this.#all.rules(chain));
  }

  positionOf(rule: Pick<Rule, 'id' | 'chainId'>): Promise<number> {
    return this.#all.positionOf(rule);
  }

  async #visibleCompany({ active, ...users }: PortCompany): Promise<PortCompany> {
    const visible = async (kind: IdKind, ids: readonly string[]): Promise<string[]> =>
      (await this.#visible(await this.#gather(kind, ids))).map(({ id }) => id);
    return {
      active: active && (await this.#shown(active, this.#lookup())),
      insertion: await visible('l2Insertion', users.insertion),
      route: await visible('route', users.route),
      srvInsertion: await visible('l2Insertion', users.srvInsertion),
      trace: await visible('traceRequest', users.trace),
    };
  }

  async #gather(kind: IdKind, ids: readonly string[]): Promise<OfKind<IdKind>[]> {
    const found = await Promise.all(ids.map((id) => this.#all.get(kind, id)));
    return found.filter((one) => one !== undefined);
  }

  async *#visibleOf<T extends Any>(values: AsyncIterable<T>): AsyncGenerator<T> {
    let lookup = this.#lookup();
    let read = 0;
    for await (const value of values) {
      const shown = await this.#shown(value, lookup);
      if (shown !== undefined) yield shown;
      // What is known of owners must not grow with the list.
      if (++read % KNOWN_FOR === 0) lookup = this.#lookup();
    }
  }

  async #visible<T extends Any>(values: readonly T[]): Promise<T[]> {
    const lookup = this.#lookup();
    const shown = await Promise.all(values.map((value) => this.#shown(value, lookup)));
    return shown.filter((value) => value !== undefined);
  }

  async #shown<T extends Any>(value: T, lookup: OwnerLookup): Promise<T | undefined> {
    if (await this.#owns(value, lookup)) return value;
    const outline = await this.#visibility.shown(value, lookup);
    if (outline !== undefined) this.#outlines.add(outline);
    return outline;
  }

  async #owns(value: Any, lookup: OwnerLookup): Promise<boolean> {
    return (await tenantOf(value, lookup)) === this.#tenantId;
  }

  /** Each owner is read once per answer. */
  #lookup(at?: Revision): OwnerLookup {
    const known = new Map<string, Promise<Entity | undefined>>();
    return (kind, id) => {
      const key = `${kind}/${id}`;
      let reading = known.get(key);
      if (reading === undefined) known.set(key, (reading = this.#all.get(kind, id, at)));
      return reading;
    };
  }
}
