import { randomBytes } from 'node:crypto';
import type { ExchangeKeys } from '@midonet/contract';
import { StoreError, type Store } from '@midonet/store';

/** Under no collection: nobody can watch it. */
const KEY = 'secret/exchange';
const AUTHOR = { user: 'controller' };
const RETRIES = 8;

/**
 * The keys with which hosts sign what they tell each other about connections: one for the cloud, made
 * at its first start and given to agents alone, in their greeting.
 */
export async function exchangeKeys(store: Store): Promise<ExchangeKeys> {
  for (let attempt = 0; attempt <= RETRIES; attempt++) {
    const entry = await store.get(KEY);
    if (entry !== undefined) return read(entry.value);
    const value = JSON.stringify({ current: randomBytes(32).toString('hex') } satisfies ExchangeKeys);
    const conditions = [{ kind: 'modified', key: KEY, revision: 0 } as const];
    await store.commit({ author: AUTHOR, conditions, writes: [{ kind: 'put', key: KEY, value }] });
  }
  throw new StoreError('unavailable', 'the key of the state exchange could not be stored');
}

function read(text: string): ExchangeKeys {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new StoreError('corrupt', `${KEY} is not an object`);
  const current: unknown = Reflect.get(value, 'current');
  const other: unknown = Reflect.get(value, 'other');
  if (typeof current !== 'string') throw new StoreError('corrupt', `${KEY} has no key`);
  return typeof other === 'string' ? { current, other } : { current };
}
