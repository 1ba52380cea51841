import { StoreError, type Store, type StoreEntry } from '@midonet/store';
import { decodeKeyed, indexKey, isDecodeFailure, type Port, type SharedRow } from '@midonet/topology';
import { KeyWalk } from './key-walk.ts';

type PortActive = Extract<SharedRow, { readonly kind: 'portActive' }>;

/** In the order of their keys. */
const KINDS = ['insertion', 'route', 'srvInsertion', 'trace'] as const;
type Kind = (typeof KINDS)[number];

/** What is shown with a port and is not in its own record: whether it runs and where, and the ids of what uses it. */
export type PortCompany = Readonly<Record<Kind, readonly string[]>> & { readonly active: PortActive | undefined };

/** Of one port. */
export async function companyOf(store: Pick<Store, 'get' | 'list'>, port: Port): Promise<PortCompany> {
  const [users, row] = await Promise.all([
    usersOf(new KeyWalk(store, indexPrefix(port)), port),
    port.binding === undefined ? undefined : store.get(activeKey(port)),
  ]);
  return { ...users, active: row === undefined ? undefined : activeOf(row) };
}

/** Of many ports that are asked for one after the other, in the order of their ids. */
export function companyInOrder(store: Pick<Store, 'list'>): (port: Port) => Promise<PortCompany> {
  const users = new KeyWalk(store, 'index/port/');
  const active = new KeyWalk(store, 'portActive/');
  return async (port) => {
    let row: StoreEntry | undefined;
    if (port.binding !== undefined) await active.each(activeKey(port), (one) => (row = one));
    return { ...(await usersOf(users, port)), active: row === undefined ? undefined : activeOf(row) };
  };
}

async function usersOf(walk: KeyWalk, port: Port): Promise<Record<Kind, string[]>> {
  const found: Record<Kind, string[]> = { insertion: [], route: [], srvInsertion: [], trace: [] };
  const prefix = indexPrefix(port);
  const take = ({ key }: StoreEntry): void => {
    const [kind, id] = segments(key, prefix);
    const wanted = KINDS.find((one) => one === kind);
    if (wanted !== undefined) found[wanted].push(id);
  };
  // A port may have thousands of static MACs, which are of no interest here.
  const skip = (last: string): string | undefined => {
    const [kind] = segments(last, prefix);
    const next = KINDS.find((one) => one >= kind);
    return next === undefined || next === kind ? next && last : indexKey('port', port.id, next, '');
  };
  await walk.each(prefix, take, skip);
  return found;
}

function segments(key: string, prefix: string): [kind: string, id: string] {
  const end = key.indexOf('/', prefix.length);
  return [key.slice(prefix.length, end), key.slice(end + 1)];
}

function indexPrefix({ id }: Port): string {
  return `index/port/${id}/`;
}

function activeKey({ id }: Port): string {
  return `portActive/${id}`;
}

function activeOf({ key, value }: StoreEntry): PortActive {
  const row = decodeKeyed(key, JSON.parse(value));
  if (isDecodeFailure(row)) throw new StoreError('corrupt', `${key}: ${row.field} ${row.message}`);
  if (row.kind !== 'portActive') throw new StoreError('corrupt', `${key} holds a ${row.kind}`);
  return row;
}
