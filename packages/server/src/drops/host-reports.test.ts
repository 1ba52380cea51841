import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openMemoryStore } from '@midonet/store/memory';
import type { HostId, RuleId } from '@midonet/topology';
import pino from 'pino';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TopologyReader } from '../topology/reader.ts';
import { HostReports, type Report } from './host-reports.ts';

const hostOf = (n: number): HostId => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as HostId;
const RULE = '00000000-0000-4000-9000-000000000001' as RuleId;

function hits(n: number, packets: number): Report {
  return { kind: 'hostRuleHits', hostId: hostOf(n), hits: [{ ruleId: RULE, packets, bytes: packets }] };
}

/** Two controllers over one store, and what each shows. */
async function rig() {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  const logger = pino({ level: 'silent' });
  const [here, there] = [0, 1].map(() => new HostReports({ store, clock, logger })) as [HostReports, HostReports];
  const shown = async (at: HostReports): Promise<number[]> => {
    type Hits = Extract<Report, { kind: 'hostRuleHits' }>;
    const rows = at.over<Hits>('hostRuleHits', await new TopologyReader(store).list('hostRuleHits'));
    return rows.toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1)).map((row) => row.hits[0]?.packets ?? 0);
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let i = 0; i < 20; i++) await turn();
  };
  return { clock, store, here, there, shown, pass };
}

test('what many hosts count all the time is shown at once, and takes a revision in five seconds', async () => {
  const { store, here, there, shown, pass } = await rig();
  const leases = await Promise.all(Array.from({ length: 40 }, () => store.grantLease(1e9)));
  const before = await store.revision();
  for (let second = 1; second <= 60; second++) {
    for (const [n, lease] of leases.entries()) here.put(lease, hits(n, second));
    assert.deepEqual(await shown(here), Array<number>(40).fill(second));
    await pass(1000);
  }
  const taken = (await store.revision()) - before;
  assert.ok(taken > 0 && taken <= 12, `${taken} revisions`);
  const late = await shown(there);
  assert.equal(late.length, 40);
  assert.ok(
    late.every((packets) => packets >= 60 - 20),
    String(late),
  );
  await here.close();
  assert.deepEqual(await shown(there), Array<number>(40).fill(60));
});

test('whom another controller has now is told there what it said here; a host that is gone says nothing', async () => {
  const { store, here, there, shown, pass } = await rig();
  const [moving, ending, expired] = [
    await store.grantLease(1e9),
    await store.grantLease(1e9),
    await store.grantLease(1),
  ];
  here.put(moving, hits(1, 5));
  here.put(ending, hits(2, 6));
  here.put(expired, hits(3, 7));
  here.forget(ending);
  here.disconnected(moving);
  await pass(0);
  assert.deepEqual(await shown(there), [5]);
  there.put(moving, hits(1, 9));
  assert.deepEqual(await shown(there), [9]);
  here.put(moving, hits(1, 8));
  await pass(60_000);
  assert.deepEqual(await shown(here), [8], 'the report of the lease that ended is gone, and holds up no other');
});
