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

test('a flow that counts for something else from now on takes nothing along of what it had', () => {
  const totals = new Map<FlowId, FlowTotals>();
  const flows = new CountedFlows((id) => totals.get(id));
  const [before, after]: [Count, Count] = [{ packets: 0 }, { packets: 0, bytes: 0 }];
  const [known, adopted] = [1 as FlowId, 2 as FlowId]; // brand: a test's own
  flows.set(known, [before]);
  totals.set(known, { packets: 10, bytes: 1000 });
  totals.set(adopted, { packets: 1e9, bytes: 1e12 });
  flows.replace(known, [after]);
  flows.replace(adopted, [after]);
  flows.poll();
  assert.deepEqual([before, after], [{ packets: 10 }, { packets: 0, bytes: 0 }]);
  totals.set(known, { packets: 13, bytes: 1300 });
  totals.set(adopted, { packets: 1e9 + 1, bytes: 1e12 + 60 });
  for (let i = 0; i < 2; i++) flows.poll();
  assert.deepEqual(after, { packets: 4, bytes: 360 });
  flows.replace(known, []);
  assert.equal(flows.size, 1);
});
