import { NEUTRON_SCHEMAS, topologyOf, type NeutronKind } from '@midonet/neutron';
import type { Store } from '@midonet/store';
import { encodeEntity, ENTITY_KINDS, entityKey, type Entity, type EntityKind } from '@midonet/topology';
import assert from 'node:assert/strict';
import { NeutronRows } from '../src/neutron/neutron-rows.ts';
import { TopologyReader } from '../src/topology/reader.ts';

const KINDS = Object.keys(NEUTRON_SCHEMAS) as NeutronKind[]; // of the schemas
/** Neutron makes none of these. */
const OTHERS: readonly EntityKind[] = ['host', 'tunnelZone', 'tunnelZoneMember'];

/** Fails unless the topology is what the translation of all stored objects makes, as if each had just come. */
export async function agreesWithTopology(store: Store, after: string): Promise<void> {
  const [made, there] = [await translated(store), await stored(store)];
  assert.deepEqual([...there.keys()].sort(), [...made.keys()].sort(), after);
  for (const [key, entity] of made) {
    const now = there.get(key);
    if (now !== undefined) assert.deepEqual(membersOf(now, entity), membersOf(entity, entity), `${after}: ${key}`);
  }
}

/** What there is that Neutron's objects could have been made into, and rows of those objects themselves. */
export async function leftovers(store: Store): Promise<string[]> {
  const rows = await Promise.all(['neutron/', 'neutronIndex/'].map((prefix) => store.list(prefix)));
  return [...(await stored(store)).keys(), ...rows.flatMap(({ entries }) => entries.map(({ key }) => key))];
}

async function translated(store: Store): Promise<Map<string, Entity>> {
  const rows = new NeutronRows(store, new TopologyReader(store));
  const found = new Map<string, Entity>();
  for (const kind of KINDS) {
    for await (const object of rows.scan(kind)) {
      for (const entity of await topologyOf(kind, object, rows)) found.set(entityKey(entity), entity);
    }
  }
  return found;
}

async function stored(store: Store): Promise<Map<string, Entity>> {
  const reader = new TopologyReader(store);
  const all = await Promise.all(ENTITY_KINDS.filter((kind) => !OTHERS.includes(kind)).map((kind) => reader.list(kind)));
  const entities: readonly Entity[] = all.flat();
  return new Map(entities.filter((one) => !isLocal(one)).map((one) => [entityKey(one), one]));
}

/** The server gives them to every port of a router. */
function isLocal(entity: Entity): boolean {
  return entity.kind === 'route' && entity.type === 'local';
}

/** Those that a translation says something of: the server has others, such as the other end of a link. */
function membersOf(entity: Entity, translation: Entity): unknown {
  const said = Object.keys(encodeEntity(translation));
  return Object.fromEntries(Object.entries(encodeEntity(entity)).filter(([name]) => said.includes(name)));
}
