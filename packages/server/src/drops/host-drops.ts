import type { DropDto } from '@midonet/contract';
import { DATAPATH_REASONS, DROP_REASONS } from '@midonet/flow';
import { isEntityKind, parseId, type HostId } from '@midonet/topology';
import type { Services } from '../handlers/services.ts';
import { lastChange, type Change } from './last-change.ts';

/** What to leave out; absent members leave in all. */
export type DropFilter = {
  readonly hostId?: HostId | undefined;
  readonly reason?: string | undefined;
  readonly port?: string | undefined;
  readonly by?: string | undefined;
};

/** What living hosts dropped, most first, with who last changed the objects that decided. */
export async function hostDrops(
  { reader, store, reports }: Pick<Services, 'reader' | 'store' | 'reports'>,
  filter: DropFilter,
): Promise<DropDto[]> {
  const changes = new Map<string, Promise<Change | undefined>>();
  const changeOf = (kind: string, id: string): Promise<Change | undefined> => {
    const key = `${kind}/${id}`;
    const isEntity = isEntityKind(kind) && parseId(id) !== undefined;
    const change = changes.get(key) ?? (isEntity ? lastChange(store, key) : Promise.resolve(undefined));
    changes.set(key, change);
    return change;
  };
  const found: DropDto[] = [];
  const stored = await reader.list('hostDrops');
  for (const { hostId, drops } of reports?.over('hostDrops', stored) ?? stored) {
    if (filter.hostId !== undefined && filter.hostId !== hostId) continue;
    for (const drop of drops) {
      const { reason, port, byKind, byId } = drop;
      if (filter.reason !== undefined && filter.reason !== reason) continue;
      if (filter.port !== undefined && filter.port !== port) continue;
      if (filter.by !== undefined && filter.by !== byId) continue;
      const change = await changeOf(byKind, byId);
      const changed = change === undefined ? null : { at: new Date(change.at).toISOString(), user: change.user };
      found.push({ ...drop, hostId, explanation: explanationOf(reason), changed });
    }
  }
  return found.sort((a, b) => b.packets - a.packets);
}

/** Newer agents may know reasons that this controller does not. */
function explanationOf(reason: string): string {
  return Object.entries({ ...DATAPATH_REASONS, ...DROP_REASONS }).find(([word]) => word === reason)?.[1] ?? '';
}
