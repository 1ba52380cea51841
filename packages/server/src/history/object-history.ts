import { fieldDiff, type HistoryEntry } from '@midonet/contract';
import type { Revision, Store, StoreVersion } from '@midonet/store';
import { isEntityKind, type EntityKind } from '@midonet/topology';
import { PROVIDER_MEMBERS } from '../access/ownership.ts';
import { badRequest } from '../http/problem.ts';
import type { Reader } from '../topology/reader.ts';

export type ObjectName = { readonly key: string; readonly kind: EntityKind; readonly rest: string };

/** `port/3f2a…`: the kind and what follows it in the key. Throws 400 for other texts. */
export function objectName(property: string, text: string): ObjectName {
  const slash = text.indexOf('/');
  const [kind, rest] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash > 0 && rest !== '' && isEntityKind(kind)) return { key: text, kind, rest };
  throw badRequest([{ property, message: 'must be a kind and an id, such as port/3f2a9c01-… or bridge/…' }]);
}

export type Span = { readonly limit: number; readonly before: Revision | undefined };
export type HistoryModules = { readonly store: Store; readonly reader: Reader; readonly provider: boolean };

/** Changes of one object, newest first; those made while it was not the asker's are left out. */
export async function objectHistory(
  { store, reader, provider }: HistoryModules,
  { key, kind, rest }: ObjectName,
  { limit, before }: Span,
): Promise<HistoryEntry[]> {
  const versions = await store.versions(key, { limit: limit + 1, before });
  const entries: HistoryEntry[] = [];
  for (const [index, version] of versions.slice(0, limit).entries()) {
    const older = versions[index + 1];
    const isSeen = async (at: number | undefined): Promise<boolean> =>
      (await reader.get(kind, rest, at as Revision | undefined)) !== undefined; // brand: one that was, or the one before
    // What it belongs to may change hands while it stays as it is: it must be the asker's all along.
    const newer = index === 0 ? before : versions[index - 1]?.revision;
    const end = version.entry === undefined ? version.revision : newer;
    if (!(await isSeen(end === undefined ? undefined : end - 1))) continue;
    if (version.entry !== undefined && !(await isSeen(version.revision))) continue;
    const wasSeen = older?.entry !== undefined && (await isSeen(version.revision - 1));
    entries.push(entryOf({ key, kind, rest }, version, older, { provider, wasSeen }));
  }
  return entries;
}

function entryOf(
  { key, kind }: ObjectName,
  version: StoreVersion,
  older: StoreVersion | undefined,
  { provider, wasSeen }: { readonly provider: boolean; readonly wasSeen: boolean },
): HistoryEntry {
  const hidden = provider ? [] : (PROVIDER_MEMBERS[kind] ?? []);
  const [was, is] = [valueOf(older), valueOf(version)];
  const isHidden = (field: string): boolean => hidden.some((one) => field === one || field.startsWith(`${one}.`));
  return {
    revision: version.revision,
    at: version.at === undefined ? null : new Date(version.at).toISOString(),
    user: version.author?.user ?? null,
    from: provider ? (version.author?.from ?? null) : null,
    op: is === undefined ? 'delete' : was === undefined ? 'create' : 'update',
    object: key,
    fields: fieldDiff(wasSeen ? was : undefined, is).filter(({ field }) => !isHidden(field)),
  };
}

function valueOf(version: StoreVersion | undefined): unknown {
  return version?.entry === undefined ? undefined : JSON.parse(version.entry.value);
}
