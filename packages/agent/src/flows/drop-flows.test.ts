import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowId } from '@midonet/datapath';
import { DropCounters } from '../status/drop-counters.ts';
import { DropFlows } from './drop-flows.ts';

test("a flow's packets count once, whether it is looked at, put anew or goes", () => {
  const packets = new Map<FlowId, number>();
  const flows = new DropFlows((id) => packets.get(id));
  const count = new DropCounters().at('noRoute', 'p');
  const id = 1 as FlowId; // brand: a test's own
  flows.set(id, [count]);
  packets.set(id, 10);
  flows.poll();
  flows.poll();
  assert.equal(count.packets, 10);
  packets.set(id, 4);
  for (let i = 0; i < 2; i++) flows.poll();
  assert.equal(count.packets, 14);
  flows.gone(id, 6);
  flows.gone(id, 6);
  assert.equal(count.packets, 16);
  assert.equal(flows.size, 0);
});
