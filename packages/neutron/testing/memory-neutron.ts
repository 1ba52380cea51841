import { parseId, type Entity, type HostId } from '@midonet/topology';
import type { z } from 'zod';
import { NEUTRON_SCHEMAS, type NeutronKind, type NeutronObject } from '../src/objects/objects.ts';
import type { NeutronReader } from '../src/reader.ts';
import { idOf, referencesOf } from '../src/references.ts';
import { topologyOf } from '../src/topology-of.ts';
import { violationsOf } from '../src/violations.ts';

type Wire<K extends NeutronKind> = z.input<(typeof NEUTRON_SCHEMAS)[K]>;

/** Neutron's objects in a map, for tests of translations; they are put as they are on the wire. */
export class MemoryNeutron implements NeutronReader {
  readonly hosts = new Map<string, HostId>();
  readonly #kinds = new Map<NeutronKind, Map<string, object>>();

  /** Makes an object, or puts it in the place of the one of the same id. */
  put<K extends NeutronKind>(kind: K, wire: Wire<K>): NeutronObject<K> {
    const object = NEUTRON_SCHEMAS[kind].parse(wire) as unknown as NeutronObject<K>; // the schema of this kind
    this.#all(kind).set(idOf(kind, object), object);
    return object;
  }

  delete(kind: NeutronKind, id: string): void {
    this.#all(kind).delete(id);
  }

  get<K extends NeutronKind>(kind: K, id: string): Promise<NeutronObject<K> | undefined> {
    return Promise.resolve(this.#all(kind).get(id));
  }

  naming<K extends NeutronKind>(named: NeutronKind, id: string, kind: K): Promise<readonly NeutronObject<K>[]> {
    const names = (object: NeutronObject<K>): boolean =>
      referencesOf(kind, object).some((one) => one.kind === named && one.id === id);
    return Promise.resolve([...this.#all(kind).values()].filter(names));
  }

  hostNamed(name: string): Promise<HostId | undefined> {
    return Promise.resolve(this.hosts.get(name));
  }

  /** What all of these objects are in the topology. */
  async topology(...kinds: readonly NeutronKind[]): Promise<Entity[]> {
    const found: Entity[] = [];
    for (const kind of kinds) {
      for (const object of this.#all(kind).values()) found.push(...(await topologyOf(kind, object, this)));
    }
    return found;
  }

  /** What is wrong with an object, each with the member that is. */
  async wrong(kind: NeutronKind, key: string): Promise<readonly string[]> {
    const object = await this.get(kind, key);
    const violations = object === undefined ? [] : await violationsOf(kind, object, this);
    return violations.map(({ property, message }) => `${property} ${message}`);
  }

  #all<K extends NeutronKind>(kind: K): Map<string, NeutronObject<K>> {
    const known = this.#kinds.get(kind) ?? new Map<string, object>();
    this.#kinds.set(kind, known);
    return known as Map<string, NeutronObject<K>>; // `put` is the only writer
  }
}

/** `00000000-0000-4000-8000-00000000002a` for 42. */
export function id(number: number): string {
  const text = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  return parseId(text) ?? text;
}
