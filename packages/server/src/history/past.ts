import type { Revision, Store, StoreEntry } from '@midonet/store';
import { decodeEntity, isDecodeFailure, isEntityKind, type Entity } from '@midonet/topology';
import { Refusal } from '../http/problem.ts';
import type { Reader } from '../topology/reader.ts';
import type { ObjectName } from './object-history.ts';

/** What is to be put back. */
export type Past = {
  readonly revision: Revision;
  /** The object as it was then, and what has to come back along with it, as it was then too. */
  readonly root: Entity;
  readonly deleted: readonly Entity[];
  /** What its deletion changed elsewhere: put back where it is still as the deletion left it. */
  readonly loosened: readonly { readonly before: Entity; readonly left: string }[];
};

/** Finds it. Throws 404 when it was not there then, or not the asker's. */
export async function findPast(
  { store, reader }: { readonly store: Store; readonly reader: Reader },
  { key, kind, rest }: ObjectName,
  revision: Revision,
): Promise<Past> {
  const root = await reader.get(kind, rest, revision);
  if (root === undefined) throw new Refusal(404, `there was no ${kind} ${rest.slice(0, 64)} then`);
  const alone = { revision, root, deleted: [], loosened: [] };
  if ((await store.get(key)) !== undefined) return alone;
  const [deletion] = await store.versions(key, { limit: 1 });
  const event = deletion === undefined ? undefined : await store.event(deletion.revision);
  if (event === undefined) return alone;
  const before = (event.revision - 1) as Revision; // brand: the one before
  // Whoever had it last has the say, not who had it once.
  if ((await reader.get(kind, rest, before)) === undefined)
    throw new Refusal(404, `there is no ${kind} ${rest.slice(0, 64)}`);
  const deleted: Entity[] = [];
  const loosened: { before: Entity; left: string }[] = [];
  for (const change of event.changes) {
    const name = change.kind === 'put' ? change.entry.key : change.key;
    const [other = ''] = name.split('/', 1);
    if (name === key || !isEntityKind(other)) continue;
    const at = change.kind === 'put' ? before : revision;
    const entity = await reader.get(other, name.slice(other.length + 1), at);
    if (entity === undefined) continue;
    if (change.kind === 'delete') deleted.push(entity);
    else loosened.push({ before: entity, left: change.entry.value });
  }
  return { revision, root, deleted, loosened };
}

export function entityOf(entry: Pick<StoreEntry, 'value'>): Entity {
  const decoded = decodeEntity(JSON.parse(entry.value));
  if (isDecodeFailure(decoded)) throw new Refusal(500, `a stored object cannot be read: ${decoded.field}`);
  return decoded;
}
