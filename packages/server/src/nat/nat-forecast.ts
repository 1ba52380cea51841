import type { NatPoolDto } from '@midonet/contract';
import { StoreError, type Revision, type Store } from '@midonet/store';
import { storeAt } from '../history/store-at.ts';
import { BLOCKS } from './block-row.ts';
import { listNatPools, type NatPool } from './nat-pools.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How far it is looked back: as far as the store remembers of these. */
const SPANS = [HOUR, 15 * MINUTE, 5 * MINUTE] as const;

/** The pools with what became of them lately: how fast blocks go, and when none is left if that goes on. */
export async function forecastNatPools(store: Store, now: number, deviceId: string | undefined): Promise<NatPoolDto[]> {
  const pools = await listNatPools(store, now, deviceId);
  const past = await earlier(store, now);
  if (past === undefined) return pools.map((pool) => ({ ...pool, blocksAnHour: null, exhaustedAt: null }));
  const keyOf = (pool: NatPool): string => `${pool.deviceId} ${pool.address}`;
  const then = await listNatPools(storeAt(store, past.revision), now - past.span, deviceId);
  const before = new Map(then.map((pool) => [keyOf(pool), pool.free]));
  return pools.map((pool) => {
    const taken = (before.get(keyOf(pool)) ?? BLOCKS) - pool.free;
    const left = taken > 0 ? (pool.free / taken) * past.span : undefined;
    return {
      ...pool,
      blocksAnHour: Math.round((taken * HOUR) / past.span),
      exhaustedAt: left === undefined ? null : new Date(now + left).toISOString(),
    };
  });
}

async function earlier(
  store: Store,
  now: number,
): Promise<{ readonly revision: Revision; readonly span: number } | undefined> {
  for (const span of SPANS) {
    try {
      return { revision: await store.revisionAt(now - span), span };
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'compacted') throw error;
    }
  }
  return undefined;
}
