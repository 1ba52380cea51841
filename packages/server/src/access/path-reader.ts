import type { Entity, EntityKind, SharedRow } from '@midonet/topology';
import type { Reader, TopologyReader } from '../topology/reader.ts';
import { tenantOf, type OwnerLookup } from './ownership.ts';

type Any = Entity | SharedRow;
type OfKind<K extends Any['kind']> = Extract<Any, { readonly kind: K }>;

/**
 * What the path of a tenant's packet is worked out with: their own things, those of the provider and
 * what is shared, whole. Other tenants' are not there, so a path ends where it comes to one. What is
 * told of the path is less: see traced.ts.
 */
export class PathReader implements Pick<Reader, 'get' | 'list' | 'childObjects'> {
  readonly #all: TopologyReader;
  readonly #tenantId: string;

  constructor(all: TopologyReader, tenantId: string) {
    this.#all = all;
    this.#tenantId = tenantId;
  }

  async get<K extends Any['kind']>(kind: K, id: string): Promise<OfKind<K> | undefined> {
    const value = await this.#all.get(kind, id);
    return value !== undefined && (await this.#admits(value)) ? value : undefined;
  }

  async list<K extends Any['kind']>(kind: K, owner?: string): Promise<OfKind<K>[]> {
    return this.#admitted(await this.#all.list(kind, owner));
  }

  async childObjects<K extends EntityKind>(
    owner: string,
    ownerId: string,
    kind: K,
    child?: string,
  ): Promise<OfKind<K>[]> {
    return this.#admitted(await this.#all.childObjects(owner, ownerId, kind, child));
  }

  async #admitted<T extends Any>(values: readonly T[]): Promise<T[]> {
    const admitted = await Promise.all(values.map((value) => this.#admits(value)));
    return values.filter((_, index) => admitted[index]);
  }

  async #admits(value: Any): Promise<boolean> {
    const met = { shared: 'shared' in value && value.shared === true };
    const lookup: OwnerLookup = async (kind, id) => {
      const owner = await this.#all.get(kind, id);
      met.shared ||= owner !== undefined && 'shared' in owner && owner.shared === true;
      return owner;
    };
    const tenantId = await tenantOf(value, lookup);
    return met.shared || tenantId === '' || tenantId === this.#tenantId;
  }
}
