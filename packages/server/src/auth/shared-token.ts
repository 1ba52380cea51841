import { StoreError, type Store } from '@midonet/store';
import { writeFileSync } from 'node:fs';
import { loadToken } from './token.ts';

/** Under no collection: nobody can watch it. */
const KEY = 'secret/token';
const AUTHOR = { user: 'controller' };

/**
 * The one token of all controllers of a store: the first makes it, the others write it to their own
 * state folder. Throws when a folder holds another one, as clients would be let in by some only.
 */
export async function sharedToken(store: Store, stateDir: string): Promise<ReturnType<typeof loadToken>> {
  const own = loadToken(stateDir);
  const value = JSON.stringify({ token: own.token });
  const conditions = [{ kind: 'modified', key: KEY, revision: 0 } as const];
  const result = await store.commit({ author: AUTHOR, conditions, writes: [{ kind: 'put', key: KEY, value }] });
  if (result.kind === 'committed') return own;
  const token = read((await store.get(KEY))?.value ?? '');
  if (token === own.token) return own;
  if (!own.made) {
    throw new Error(
      `${own.path} is not the token of the other controllers: delete it to have theirs, then start again`,
    );
  }
  writeFileSync(own.path, `${token}\n`, { mode: 0o600 });
  return { token, path: own.path, made: false };
}

function read(text: string): string {
  const value: unknown = text === '' ? undefined : JSON.parse(text);
  const token: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'token') : undefined;
  if (typeof token !== 'string' || token === '') throw new StoreError('corrupt', `${KEY} has no token`);
  return token;
}
