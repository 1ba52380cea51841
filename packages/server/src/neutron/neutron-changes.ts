import {
  affectedBy,
  CASCADES,
  differenceOf,
  GOES_WITH_LAST,
  HOLDS,
  idOf,
  lastingViolations,
  referencesOf,
  topologyOf,
  violationsOf,
  withChanges,
  type Difference,
  type NeutronKind,
  type NeutronObject,
  type Unit,
} from '@midonet/neutron';
import type { Store } from '@midonet/store';
import { entityKey, type Entity } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import { auditWrite } from '../audit/audit-write.ts';
import type { Clock } from '../clock.ts';
import { badRequest, notFound, Refusal } from '../http/problem.ts';
import type { Reader } from '../topology/reader.ts';
import type { EntityOf, TopologyWriter } from '../topology/writer.ts';
import { NeutronRows } from './neutron-rows.ts';

export type NeutronModules = {
  /** A draft, in all that writes: each change is many. */
  readonly store: Store;
  readonly reader: Reader;
  readonly writer: TopologyWriter;
  readonly clock: Clock;
};

/**
 * Takes over what Neutron says: the object itself, and the difference that it makes in the topology.
 * Translation is a function of the stored objects, so it is asked before and after a change, for the
 * object and whatever else depends on it; nothing remembers how things came to be as they are.
 */
export class NeutronChanges {
  readonly rows: NeutronRows;
  readonly #modules: NeutronModules;

  constructor(modules: NeutronModules) {
    this.#modules = modules;
    this.rows = new NeutronRows(modules.store, modules.reader);
  }

  async create<K extends NeutronKind>(kind: K, object: NeutronObject<K>, author: Actor): Promise<void> {
    const id = idOf(kind, object);
    if ((await this.rows.get(kind, id)) !== undefined) throw new Refusal(409, `there is a ${kind} ${id} already`);
    await this.#change(kind, undefined, object, author);
  }

  /** `change` is given what is stored. */
  async update<K extends NeutronKind>(
    kind: K,
    id: string,
    change: (old: NeutronObject<K>) => NeutronObject<K>,
    author: Actor,
  ): Promise<NeutronObject<K>> {
    const before = await this.rows.get(kind, id);
    if (before === undefined) throw notFound(kind, id);
    const after = change(before);
    await this.#change(kind, before, after, author);
    return after;
  }

  /** What is not there is gone: Neutron tries again when it is not sure. */
  async remove(kind: NeutronKind, id: string, author: Actor): Promise<void> {
    const before = await this.rows.get(kind, id);
    if (before === undefined) return;
    for (const holder of HOLDS[kind] ?? []) {
      const [by] = await this.rows.naming(kind, id, holder);
      if (by !== undefined) throw new Refusal(409, `${kind} ${id} is in use by ${holder} ${by.id}`);
    }
    for (const child of CASCADES[kind] ?? []) {
      for (const one of await this.rows.naming(kind, id, child)) await this.remove(child, idOf(child, one), author);
    }
    // What went with it may have taken it along.
    if ((await this.rows.get(kind, id)) === undefined) return;
    await this.#change(kind, before, undefined, author);
    for (const { kind: named, id: its } of referencesOf(kind, before)) {
      const isLast = GOES_WITH_LAST[kind] === named && (await this.rows.naming(named, its, kind)).length === 0;
      if (isLast) await this.remove(named, its, author);
    }
  }

  async #change<K extends NeutronKind>(
    kind: K,
    before: NeutronObject<K> | undefined,
    after: NeutronObject<K> | undefined,
    author: Actor,
  ): Promise<void> {
    const object = after ?? before;
    if (object === undefined) return;
    const id = idOf(kind, object);
    const units = new Map<string, Unit>([[`${kind}/${id}`, { kind, id }]]);
    const gather = async (one: NeutronObject<K> | undefined): Promise<void> => {
      if (one === undefined) return;
      for (const [key, unit] of await affectedBy(kind, one, this.rows)) units.set(key, unit);
    };
    if (after !== undefined) await this.#checkReferences(kind, before, after);
    await gather(before);
    await gather(after);
    const then = await this.#topology(units.values());
    await this.#write(kind, before, after, author);
    if (after !== undefined) {
      const changed = before === undefined ? [] : lastingViolations(kind, before, after);
      const wrong = [...changed, ...(await violationsOf(kind, after, this.rows))];
      if (wrong.length > 0) throw badRequest(wrong);
    }
    await this.#apply(differenceOf(then, await this.#topology(units.values())), author);
  }

  /** What an object names must be there, unless it named it before. */
  async #checkReferences<K extends NeutronKind>(
    kind: K,
    before: NeutronObject<K> | undefined,
    after: NeutronObject<K>,
  ): Promise<void> {
    const known = new Set(
      (before === undefined ? [] : referencesOf(kind, before)).map((one) => `${one.kind}/${one.id}`),
    );
    for (const { kind: named, id, must } of referencesOf(kind, after)) {
      if (must === undefined || known.has(`${named}/${id}`) || (named === kind && id === after.id)) continue;
      if ((await this.rows.get(named, id)) !== undefined) continue;
      throw badRequest([{ property: must, message: `there is no ${named} ${id}` }]);
    }
  }

  /** Throws 409 where two objects would be the same: ports with one address in a network, for instance. */
  async #topology(units: Iterable<Unit>): Promise<Entity[]> {
    const found: Entity[] = [];
    const owners = new Map<string, Unit>();
    for (const unit of units) {
      const { kind, id } = unit;
      const object = await this.rows.get(kind, id);
      for (const entity of object === undefined ? [] : await topologyOf(kind, object, this.rows)) {
        found.push(entity);
        const key = entityKey(entity);
        const other = owners.get(key) ?? unit;
        owners.set(key, other);
        if (other === unit || entity.kind === 'ipAddrGroupAddress') continue;
        throw new Refusal(409, `${other.kind} ${other.id} and ${kind} ${id} cannot both have ${key}`);
      }
    }
    return found;
  }

  async #write<K extends NeutronKind>(
    kind: K,
    before: NeutronObject<K> | undefined,
    after: NeutronObject<K> | undefined,
    author: Actor,
  ): Promise<void> {
    const { store, clock } = this.#modules;
    const object = after ?? before;
    const op = after === undefined ? 'delete' : before === undefined ? 'create' : 'update';
    const changes = [{ op, object: `neutron/${kind}/${object === undefined ? '' : idOf(kind, object)}` }] as const;
    const record = auditWrite(clock.now(), author, { tenantId: undefined, changes: [...changes] });
    const writes = [...this.rows.writes(kind, before, after), record];
    const { user, from } = author;
    const result = await store.commit({ author: { user, from }, conditions: [], writes });
    if (result.kind !== 'committed') throw new Refusal(409, 'others keep changing the same objects; try again');
  }

  async #apply({ moved, made, changed, gone }: Difference, author: Actor): Promise<void> {
    const { reader, writer } = this.#modules;
    const stored = (entity: Entity): Promise<Entity | undefined> => reader.get(entity.kind, idIn(entity));
    const remove = async (entity: Entity): Promise<void> => {
      if (entity.kind === 'ipAddrGroupAddress' && (await this.rows.isHeld(entity))) return;
      // Much goes with what it belongs to.
      if ((await stored(entity)) !== undefined) await writer.remove(entity.kind, idIn(entity), author);
    };
    for (const entity of moved) await remove(entity);
    for (const entity of made) {
      if (entity.kind === 'ipAddrGroupAddress' && (await stored(entity)) !== undefined) continue;
      await writer.create(entity, author);
    }
    for (const { before, after } of changed) {
      if ((await stored(after)) === undefined) await writer.create(after, author);
      else await overwrite(writer, before, after, author);
    }
    for (const entity of gone) await remove(entity);
  }
}

async function overwrite<E extends Entity>(writer: TopologyWriter, before: E, after: E, author: Actor): Promise<void> {
  const change = (old: EntityOf<E['kind']>) => withChanges<Entity>(old, before, after) as EntityOf<E['kind']>; // of the same kind: they have one key
  await writer.update<E['kind']>(after.kind, idIn(after), change, author);
}

/** What is behind the kind in a key. */
function idIn(entity: Entity): string {
  return entityKey(entity).slice(entity.kind.length + 1);
}
