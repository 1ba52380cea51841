import { StoreError, type Revision, type Store, type StoreEntry } from '@midonet/store';
import {
  compareRules,
  decodeKeyed,
  indexKey,
  isDecodeFailure,
  ReadRecorder,
  rulesOfChain,
  type ChainId,
  type Entity,
  type EntityKind,
  type Port,
  type Rule,
  type SharedRow,
  type SharedRowKind,
} from '@midonet/topology';
import { companyInOrder, companyOf, type PortCompany } from './port-company.ts';

export type RowOf<K extends SharedRowKind> = Extract<SharedRow, { readonly kind: K }>;

type Any = Entity | SharedRow;
type OfKind<K extends Any['kind']> = Extract<Any, { readonly kind: K }>;

const PAGE = 2000;
/** Of lists that are sent while they are read. */
const SCAN_PAGE = 250;

/** What handlers read with: all there is, or what one tenant sees of it. */
export type Reader = Pick<
  TopologyReader,
  | (
      | 'get'
      | 'list'
      | 'scan'
      | 'scanChildren'
      | 'children'
      | 'childObjects'
      | 'rules'
      | 'positionOf'
      | 'readOnly'
      | 'path'
    )
  | ('company' | 'companyInOrder')
>;

/** Reads decoded objects and rows. A value that does not decode is damage and says so. */
export class TopologyReader {
  readonly #store: Pick<Store, 'get' | 'list'>;

  constructor(store: Pick<Store, 'get' | 'list'>) {
    this.#store = store;
  }

  async get<K extends Any['kind']>(kind: K, id: string, at?: Revision): Promise<OfKind<K> | undefined> {
    const entry = await this.#store.get(`${kind}/${id}`, at);
    return entry === undefined ? undefined : decodeAs(kind, entry);
  }

  /** Everything of a kind, or what is below `owner` of it. */
  async list<K extends Any['kind']>(kind: K, owner = ''): Promise<OfKind<K>[]> {
    const prefix = owner === '' ? `${kind}/` : `${kind}/${owner}/`;
    const found: OfKind<K>[] = [];
    for await (const entry of this.#entries(prefix)) found.push(decodeAs(kind, entry));
    return found;
  }

  /** The same one after the other, in the order of their ids, from behind one of them: however many there are. */
  async *scan<K extends Any['kind']>(kind: K, owner = '', after?: string): AsyncGenerator<OfKind<K>> {
    const prefix = owner === '' ? `${kind}/` : `${kind}/${owner}/`;
    const start = after === undefined ? undefined : prefix + after;
    for await (const entry of this.#entries(prefix, start, SCAN_PAGE)) yield decodeAs(kind, entry);
  }

  /** `childObjects` one after the other, in the order of their ids, from behind one of them. */
  async *scanChildren<K extends EntityKind>(
    owner: string,
    ownerId: string,
    kind: K,
    after?: string,
  ): AsyncGenerator<OfKind<K>> {
    const prefix = indexKey(owner, ownerId, kind, '');
    const start = after === undefined ? undefined : prefix + after;
    for await (const { key } of this.#entries(prefix, start, SCAN_PAGE)) {
      const child = await this.get(kind, key.slice(prefix.length));
      if (child !== undefined) yield child;
    }
  }

  /** Ids of an owner's children, from the index. */
  async children(owner: string, ownerId: string, child: string): Promise<string[]> {
    const prefix = indexKey(owner, ownerId, child, '');
    const ids: string[] = [];
    for await (const entry of this.#entries(prefix)) ids.push(entry.key.slice(prefix.length));
    return ids;
  }

  /** The children themselves; one deleted in between is left out. `child`: their kind's name in the index. */
  async childObjects<K extends EntityKind>(
    owner: string,
    ownerId: string,
    kind: K,
    child: string = kind,
  ): Promise<OfKind<K>[]> {
    const ids = await this.children(owner, ownerId, child);
    const objects = await Promise.all(ids.map((id) => this.get(kind, id)));
    return objects.filter((object) => object !== undefined);
  }

  /** What is shown with a port. */
  company(port: Port): Promise<PortCompany> {
    return companyOf(this.#store, port);
  }

  /** The same of many ports, asked for one after the other in the order of their ids. */
  companyInOrder(): (port: Port) => Promise<PortCompany> {
    return companyInOrder(this.#store);
  }

  /** Whether whoever reads may look at the thing and not change it. */
  async readOnly(_value: Entity): Promise<boolean> {
    return false;
  }

  /** What the path of a packet may be worked out with, which is more than what is shown of it. */
  path(): Pick<TopologyReader, 'get' | 'list' | 'childObjects'> {
    return this;
  }

  /** The rules of a chain, in order. */
  async rules(chain: ChainId): Promise<Rule[]> {
    return (await this.childObjects('chain', chain, 'rule')).sort(compareRules);
  }

  /** The place of a rule in its chain, from 1, by the index alone. */
  async positionOf(rule: Pick<Rule, 'id' | 'chainId'>): Promise<number> {
    const source = { get: (key: string) => this.#store.get(key), list: (prefix: string) => this.#store.list(prefix) };
    const order = await rulesOfChain(rule.chainId, new ReadRecorder(source));
    return order.findIndex(({ id }) => id === rule.id) + 1;
  }

  async *#entries(prefix: string, start?: string, limit = PAGE): AsyncGenerator<StoreEntry> {
    let after = start;
    for (;;) {
      const page = await this.#store.list(prefix, { limit, after });
      yield* page.entries;
      after = page.entries.at(-1)?.key;
      if (!page.more || after === undefined) return;
    }
  }
}

function decodeAs<K extends Any['kind']>(kind: K, entry: StoreEntry): OfKind<K> {
  const decoded = decodeKeyed(entry.key, JSON.parse(entry.value));
  if (isDecodeFailure(decoded)) throw new StoreError('corrupt', `${entry.key}: ${decoded.field} ${decoded.message}`);
  if (!isOfKind(decoded, kind)) throw new StoreError('corrupt', `${entry.key} holds a ${decoded.kind}`);
  return decoded;
}

function isOfKind<K extends Any['kind']>(value: Any, kind: K): value is OfKind<K> {
  return value.kind === kind;
}
