import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseId, type HostId } from '@midonet/topology';
import type { StateDir } from './state-dir.ts';

const FILE = 'host-id';

export type HostIdentity = { readonly id: HostId; readonly name: string };

/** Who this host is: an id made once and kept, and a name that people give. Throws when the file is damaged. */
export function hostIdentity(state: StateDir, name: string | undefined): HostIdentity {
  const text = state.read(FILE);
  if (text === undefined) state.write(FILE, `${randomUUID()}\n`);
  const id = parseId<HostId>((state.read(FILE) ?? '').trim());
  if (id === undefined) {
    throw new Error(`${state.file(FILE)} holds no UUID: delete it to register as a new host, or restore it`);
  }
  return { id, name: name ?? hostname() };
}
