import { ApiError, etagOf } from '@midonet/contract';
import { isDeepStrictEqual } from 'node:util';
import { CliError } from '../cli-error.ts';

/** What `client.bridges` and its like have for objects that can be changed. */
type Changeable<P, B, T> = {
  readonly get: (args: P) => Promise<T>;
  readonly patch: (args: P & { readonly body: B; readonly ifMatch: string }) => Promise<T>;
};

const TRIES = 5;

/**
 * Changes these members of an object and no others. What somebody else changes meanwhile stands, as
 * long as it is not one of these members: then nothing is done, and whoever asked is told. `planned`:
 * the object as it was when the change was thought out; undefined counts from now.
 */
export async function change<P extends object, B extends object, T extends object>(
  objects: Changeable<P, B, T>,
  path: P,
  body: B,
  planned?: object,
): Promise<T> {
  let seen = await objects.get(path);
  const touched = Object.keys(body).filter((name) => Reflect.get(body, name) !== undefined);
  if (planned !== undefined) refuseMoved(touched, planned, seen);
  for (let tries = 1; ; tries++) {
    try {
      return await objects.patch({ ...path, body, ifMatch: etagOf(seen) ?? '*' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412 || tries === TRIES) throw error;
      const now = await objects.get(path);
      refuseMoved(touched, seen, now);
      seen = now;
    }
  }
}

/** Throws when one of these members is not what it was. */
export function refuseMoved(members: readonly string[], seen: object, now: object): void {
  // What is yet to be made has only what was said of it: no member is as good as null.
  const valueOf = (one: object, name: string): unknown => Reflect.get(one, name) ?? null;
  const moved = members.filter((name) => !isDeepStrictEqual(valueOf(seen, name), valueOf(now, name)));
  if (moved.length === 0) return;
  throw new CliError('conflict', `somebody else changed ${moved.join(', ')} meanwhile; look at it and ask again`);
}
