import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCreate, ReadRecorder, type Bridge, type BridgeId, type BridgePort, type PortId } from '@midonet/topology';
import { openMemoryStore } from './drivers/memory/index.ts';
import type { Store } from './store.ts';

const author = { user: 'tester' };

function uuid(group: string, n: number): string {
  return `00000000-${group}-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

const bridge: Bridge = {
  kind: 'bridge',
  id: uuid('0001', 1) as BridgeId,
  tenantId: '',
  name: 'b',
  adminStateUp: true,
};

function port(n: number): BridgePort {
  return {
    kind: 'port',
    type: 'bridge',
    id: uuid('0002', n) as PortId,
    bridgeId: bridge.id,
    adminStateUp: true,
  };
}

async function create(store: Store, entity: Bridge | BridgePort): Promise<string> {
  const plan = await planCreate(entity, new ReadRecorder(store));
  if (plan.kind === 'refused') return plan.code;
  return (await store.commit({ author, conditions: plan.conditions, writes: plan.writes })).kind;
}

test('a plan is a transaction of the store, and creators below one bridge at once all succeed', async () => {
  const store = openMemoryStore();
  assert.equal(await create(store, port(1)), 'notFound');
  assert.equal(await create(store, bridge), 'committed');
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, n) => create(store, port(n))));
  assert.deepEqual([...new Set(outcomes)], ['committed']);
  assert.equal(await create(store, port(1)), 'conflict');
  assert.equal((await store.list(`index/bridge/${bridge.id}/port/`)).entries.length, 100);
  await store.close();
});
