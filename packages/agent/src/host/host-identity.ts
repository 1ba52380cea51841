import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseId, type HostId } from '@midonet/topology';
import type { StateDir } from './state-dir.ts';

const FILE = 'host-id';
/** The credential, the id of the token that it was given for, and the name that this host enrolled as. */
export const CREDENTIAL_FILE = 'credential';

export type HostIdentity = { readonly id: HostId; readonly name: string };

/** Who this host is: an id made once and kept, and a name that people give. Throws when the file is damaged. */
export function hostIdentity(state: StateDir, name: string | undefined): HostIdentity {
  const text = state.read(FILE);
  if (text === undefined) state.write(FILE, `${randomUUID()}\n`);
  const id = parseId<HostId>((state.read(FILE) ?? '').trim());
  if (id === undefined) {
    throw new Error(`${state.file(FILE)} holds no UUID: delete it to register as a new host, or restore it`);
  }
  return { id, name: name ?? enrolledName(state) ?? hostname() };
}

/** What the controllers call this host, whatever the machine is called. */
function enrolledName(state: StateDir): string | undefined {
  const [, , ...words] = (state.read(CREDENTIAL_FILE) ?? '').trim().split(' ');
  return words.length === 0 ? undefined : words.join(' ');
}
