import type { Store } from '@midonet/store';
import { systemClock } from '../clock.ts';
import { newEpoch } from '../handlers/users.ts';
import { AccessStore, putRecord, unchanged } from './access-store.ts';
import { Passwords } from './passwords.ts';

const NAME = 'admin';

class OtherWasFirst extends Error {}

/**
 * Makes the user admin when there is no user at all, so that a deployment can be entered with a
 * password. Answers where the password came from; undefined when there was somebody already, or
 * another controller that starts at the same time was first.
 */
export async function makeFirstAdmin(
  store: Store,
  password: () => { readonly token: string; readonly path: string },
): Promise<string | undefined> {
  const access = new AccessStore(store, systemClock);
  if ((await access.list('user')).length > 0) return undefined;
  const { token, path } = password();
  const record = {
    name: NAME,
    role: 'admin',
    tenantId: '',
    password: await new Passwords().hash(token),
    enabled: true,
    createdAt: systemClock.now(),
    epoch: newEpoch(),
  } as const;
  try {
    await access.change({ user: 'system', from: 'first start' }, undefined, async () => {
      if ((await access.get('user', NAME)) !== undefined) throw new OtherWasFirst();
      return { writes: [putRecord('user', record)], conditions: [unchanged('user', NAME, 0)] };
    });
  } catch (error) {
    if (error instanceof OtherWasFirst) return undefined;
    throw error;
  }
  return path;
}
