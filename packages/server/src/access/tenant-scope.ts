import { encodeEntity, entityKey, parseId, type AnyId, type Entity } from '@midonet/topology';
import { Refusal } from '../http/problem.ts';
import type { TopologyReader } from '../topology/reader.ts';
import { ADMIN_MEMBERS, ID_KINDS, PROVIDER_MEMBERS, tenantOf, type OwnerLookup } from './ownership.ts';
import { Visibility } from './visibility.ts';

/** What a tenant's writes are held to: their own things, and references to their own things. */
export class TenantScope {
  readonly tenantId: string;
  readonly #reader: TopologyReader;
  readonly #visibility: Visibility;

  constructor(tenantId: string, reader: TopologyReader) {
    this.tenantId = tenantId;
    this.#reader = reader;
    this.#visibility = new Visibility(reader, tenantId);
  }

  /** What is somebody else's and still shows. */
  async sees(entity: Entity, lookup: OwnerLookup): Promise<boolean> {
    return (await this.#visibility.shown(entity, lookup)) !== undefined;
  }

  /** `lookup`: where what it belongs to is looked for, when that may not be stored yet. */
  async owns(entity: Entity, lookup: OwnerLookup = (kind, id) => this.#reader.get(kind, id)): Promise<boolean> {
    return (await tenantOf(entity, lookup)) === this.tenantId;
  }

  /** What a tenant makes is theirs. Throws 403 for another tenant and for members of the provider. */
  adopt<E extends Entity>(entity: E): E {
    this.#checkMembers(undefined, entity);
    if (!('tenantId' in entity)) return entity;
    return this.#checkTenant(entity.tenantId === '' ? { ...entity, tenantId: this.tenantId } : entity);
  }

  /** A change of a tenant's thing. Throws 403 as `adopt`. */
  keep<E extends Entity>(before: E, after: E): E {
    this.#checkMembers(before, after);
    return this.#checkTenant(after);
  }

  /**
   * Ids that `after` names, `before` did not, and that are somebody else's. The rules then plan as
   * if these were not there, so the refusal is word for word that of a thing which does not exist.
   * What an administrator has linked may stay, and may be taken off.
   */
  async foreignIds(before: Entity | undefined, after: Entity): Promise<ReadonlySet<string>> {
    const known = before === undefined ? new Set<string>() : idsIn(encodeEntity(before));
    const own = entityKey(after);
    const foreign = new Set<string>();
    for (const id of idsIn(encodeEntity(after))) {
      if (known.has(id) || own === `${after.kind}/${id}`) continue;
      for (const kind of ID_KINDS) {
        const named = await this.#reader.get(kind, id);
        if (named !== undefined && !(await this.owns(named))) foreign.add(id);
      }
    }
    return foreign;
  }

  #checkTenant<E extends Entity>(entity: E): E {
    if (!('tenantId' in entity) || entity.tenantId === this.tenantId) return entity;
    const message = `must be your own, ${this.tenantId}`;
    throw new Refusal(403, `tenantId: ${message}`, [{ property: 'tenantId', message }]);
  }

  #checkMembers(before: Entity | undefined, after: Entity): void {
    const changed = (member: string): boolean => {
      const had: unknown = before === undefined ? undefined : Reflect.get(before, member);
      return JSON.stringify(had) !== JSON.stringify(Reflect.get(after, member));
    };
    const plugged = PROVIDER_MEMBERS[after.kind]?.find(changed);
    if (plugged !== undefined) throw new Refusal(403, `${plugged}: only an administrator plugs ports into hosts`);
    const shared = ADMIN_MEMBERS[after.kind]?.find(changed);
    if (shared !== undefined) throw new Refusal(403, `${shared}: only an administrator shares things with all tenants`);
  }
}

/** Every UUID among the values, however deep. */
function idsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    const id = parseId<AnyId>(value);
    if (id !== undefined) found.add(id);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) idsIn(member, found);
  }
  return found;
}
