import {
  idOf,
  memberships,
  NEUTRON_SCHEMAS,
  referencesOf,
  type NeutronKind,
  type NeutronObject,
  type NeutronReader,
} from '@midonet/neutron';
import { StoreError, type Store, type StoreEntry, type Write } from '@midonet/store';
import { parseId, type HostId, type IpAddrGroupAddress } from '@midonet/topology';
import { formatIp } from '@midonet/packet';
import { z } from 'zod';
import { DraftStore } from '../draft/draft-store.ts';
import type { Reader } from '../topology/reader.ts';

const PAGE = 500;

/** The object as it is on the wire. */
type Wire = Readonly<Record<string, unknown>>;

/**
 * Neutron's objects, as they were told. They are no topology: agents never see them.
 *
 *   neutron/<kind>/<id>                              the object
 *   neutronIndex/<kind>/<id>/<kind>/<id>             the second one names the first
 *   neutronIndex/address/<group>_<address>/port/<id> the port has that address in the security group
 */
export class NeutronRows implements NeutronReader {
  readonly #store: Store;
  readonly #reader: Pick<Reader, 'get' | 'list'>;

  constructor(store: Store, reader: Pick<Reader, 'get' | 'list'>) {
    this.#store = store;
    this.#reader = reader;
  }

  async get<K extends NeutronKind>(kind: K, id: string): Promise<NeutronObject<K> | undefined> {
    if (id === '' || id.includes('/')) return undefined;
    const entry = await this.#relying(() => this.#store.get(keyOf(kind, id)));
    return entry === undefined ? undefined : decoded(kind, entry);
  }

  async naming<K extends NeutronKind>(named: NeutronKind, id: string, kind: K): Promise<readonly NeutronObject<K>[]> {
    const prefix = `${indexOf(named, id)}${kind}/`;
    const { entries } = await this.#relying(() => this.#store.list(prefix));
    const found = await Promise.all(entries.map(({ key }) => this.get(kind, key.slice(prefix.length))));
    return found.filter((one) => one !== undefined);
  }

  /** All of a kind, in the order of their ids, from behind one of them. */
  async *scan<K extends NeutronKind>(kind: K, after?: string): AsyncGenerator<NeutronObject<K>> {
    const prefix = keyOf(kind, '');
    let from = after === undefined ? undefined : prefix + after;
    for (;;) {
      const page = await this.#store.list(prefix, { limit: PAGE, after: from });
      for (const entry of page.entries) yield decoded(kind, entry);
      from = page.entries.at(-1)?.key;
      if (!page.more || from === undefined) return;
    }
  }

  async hostNamed(name: string): Promise<HostId | undefined> {
    const id = parseId<HostId>(name);
    if (id !== undefined) return (await this.#reader.get('host', id))?.id;
    return (await this.#reader.list('host')).find((host) => host.name === name)?.id;
  }

  /** Whether a port of the group has that address. */
  async isHeld({ groupId, address }: IpAddrGroupAddress): Promise<boolean> {
    const prefix = `neutronIndex/address/${groupId}_${formatIp(address)}/`;
    return (await this.#store.list(prefix, { limit: 1 })).entries.length > 0;
  }

  /** The rows that turn one state of an object into another. */
  writes<K extends NeutronKind>(
    kind: K,
    before: NeutronObject<K> | undefined,
    after: NeutronObject<K> | undefined,
  ): readonly Write[] {
    const had = before === undefined ? new Set<string>() : new Set(indexKeys(kind, before));
    const has = after === undefined ? new Set<string>() : new Set(indexKeys(kind, after));
    const [id, object] = after === undefined ? [before && idOf(kind, before), undefined] : [idOf(kind, after), after];
    if (id === undefined) return [];
    const key = keyOf(kind, id);
    return [
      object === undefined
        ? { kind: 'delete', key }
        : { kind: 'put', key, value: JSON.stringify(encoded(kind, object)) },
      ...[...had].filter((one) => !has.has(one)).map((one): Write => ({ kind: 'delete', key: one })),
      ...[...has].filter((one) => !had.has(one)).map((one): Write => ({ kind: 'put', key: one, value: '' })),
    ];
  }

  /** What is read must still be so when a draft is committed. */
  #relying<T>(read: () => Promise<T>): Promise<T> {
    return this.#store instanceof DraftStore ? this.#store.relyingOn(read) : read();
  }
}

/** An object with every member it can have, null where nothing is set. */
export function shown<K extends NeutronKind>(kind: K, object: NeutronObject<K>): Wire {
  const nulls = Object.fromEntries(Object.keys(NEUTRON_SCHEMAS[kind].shape).map((name) => [name, null]));
  return { ...nulls, ...encoded(kind, object) };
}

function encoded<K extends NeutronKind>(kind: K, object: NeutronObject<K>): Wire {
  const schema: z.ZodType = NEUTRON_SCHEMAS[kind];
  return z.encode(schema, object) as Wire; // the schemas are of objects
}

function decoded<K extends NeutronKind>(kind: K, { key, value }: StoreEntry): NeutronObject<K> {
  const result = NEUTRON_SCHEMAS[kind].safeParse(JSON.parse(value));
  if (result.success) return result.data as unknown as NeutronObject<K>; // the schema of this kind
  throw new StoreError('corrupt', `${key}: ${result.error.issues[0]?.path.join('.') ?? ''}`);
}

function keyOf(kind: NeutronKind, id: string): string {
  return `neutron/${kind}/${id}`;
}

function indexOf(kind: NeutronKind, id: string): string {
  return `neutronIndex/${kind}/${id}/`;
}

function indexKeys<K extends NeutronKind>(kind: K, object: NeutronObject<K>): readonly string[] {
  const id = idOf(kind, object);
  const named = referencesOf(kind, object).map((one) => `${indexOf(one.kind, one.id)}${kind}/${id}`);
  return [...named, ...groupAddresses(kind, object).map((place) => `neutronIndex/address/${place}/${kind}/${id}`)];
}

function groupAddresses<K extends NeutronKind>(kind: K, object: NeutronObject<K>): readonly string[] {
  if (!isPort(kind, object)) return [];
  return memberships(object).map(({ groupId, address }) => `${groupId}_${formatIp(address)}`);
}

function isPort(kind: NeutronKind, _object: object): _object is NeutronObject<'port'> {
  return kind === 'port';
}
