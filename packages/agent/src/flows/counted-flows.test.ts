import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowId } from '@midonet/datapath';
import { CountedFlows, type Count, type FlowTotals } from './counted-flows.ts';

test("a flow's packets count once, for all it counts for, whether it is looked at, put anew or goes", () => {
  const totals = new Map<FlowId, FlowTotals>();
  const flows = new CountedFlows((id) => totals.get(id));
  const [drop, rule]: [Count, Count] = [{ packets: 0 }, { packets: 0, bytes: 0 }];
  const id = 1 as FlowId; // brand: a test's own
  flows.set(id, [drop, rule]);
  totals.set(id, { packets: 10, bytes: 1000 });
  flows.poll();
  flows.poll();
  assert.deepEqual(drop, { packets: 10 });
  totals.set(id, { packets: 4, bytes: 400 });
  for (let i = 0; i < 2; i++) flows.poll();
  assert.deepEqual(rule, { packets: 14, bytes: 1400 });
  flows.gone(id, { packets: 6, bytes: 700 });
  flows.gone(id, { packets: 6, bytes: 700 });
  assert.deepEqual(rule, { packets: 16, bytes: 1700 });
  assert.deepEqual(drop, { packets: 16 });
  assert.equal(flows.size, 0);
});
