import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemoryStore } from '@midonet/store/memory';
import type { HostId } from '@midonet/topology';
import { ManualClock } from '../../testing/manual-clock.ts';
import { NatLeases } from './nat-leases.ts';
import { forecastNatPools } from './nat-forecast.ts';

const ROUTER = '00000000-0000-4000-8000-00000000aaaa';
const HOST = '00000000-0000-4000-8000-000000000001' as HostId;
const HOUR = 3_600_000;

test('when the ports of an address run out is told from how they went within the last hour', async () => {
  const clock = new ManualClock();
  clock.advance(10 * HOUR);
  const store = openMemoryStore({ clock });
  const author = { user: 'test' };
  const writes = [`router/${ROUTER}`, `host/${HOST}`].map((key) => ({ kind: 'put', key, value: '{}' }) as const);
  await store.commit({ author, conditions: [], writes });
  const leases = new NatLeases({ store, clock, random: () => 0.5 }, 24 * HOUR);
  const take = async (address: string, count: number): Promise<void> => {
    await leases.lease({ hostId: HOST, author }, { deviceId: ROUTER, address, count });
  };
  const told = async (): Promise<unknown[]> =>
    (await forecastNatPools(store, clock.now(), ROUTER))
      .map(({ free, blocksAnHour, exhaustedAt }) => [free, blocksAnHour, exhaustedAt])
      .sort();
  for (const address of ['203.0.113.1', '2001:db8::1']) for (let i = 0; i < 8; i++) await take(address, 8);
  clock.advance(2 * HOUR);
  assert.deepEqual(await told(), [
    [960, 0, null],
    [960, 0, null],
  ]);
  for (let i = 0; i < 40; i++) await take('2001:db8::1', 8);
  clock.advance(HOUR / 2);
  const in2h = new Date(clock.now() + 2 * HOUR).toISOString();
  assert.deepEqual(await told(), [
    [640, 320, in2h],
    [960, 0, null],
  ]);
});

test('of what the store has forgotten there is no forecast', async () => {
  const clock = new ManualClock();
  clock.advance(HOUR);
  const store = openMemoryStore({ clock, retention: { ms: 1_000 } });
  for (let i = 0; i < 5; i++) {
    await store.commit({
      author: { user: 'test' },
      conditions: [],
      writes: [{ kind: 'put', key: 'a', value: `${i}` }],
    });
    clock.advance(60_000);
  }
  await store.compact(await store.revision());
  assert.deepEqual(await forecastNatPools(store, clock.now(), undefined), []);
});
