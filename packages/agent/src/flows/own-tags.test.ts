import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowId } from '@midonet/datapath';
import type { Found, Tag } from '@midonet/flow';
import { FlowTable } from './flow-table.ts';

const [A, B, C] = ['connection:a', 'connection:b', 'connection:c'] as Tag[];
const SHARED = ['bridge:1', 'port:2'] as Tag[];

function id(number: number): FlowId {
  return number as FlowId;
}

test('flows of a class share what they have in common, and are found by their own connection', () => {
  const table = new FlowTable();
  let asked = 0;
  const connections = (): Found[] => {
    asked += 1;
    return [];
  };
  for (const [i, tag] of [A!, B!, C!].entries()) {
    table.setMade({ id: id(i + 1), shared: SHARED, own: [tag], connections });
  }
  assert.deepEqual([...table.having(B!)], [2]);
  assert.deepEqual(table.get(id(3))?.tags, [...SHARED, C]);
  assert.equal(asked, 1, 'connections are made for those who ask');
  const carriers: FlowId[] = [];
  assert.deepEqual(
    table.take({ tags: [A!], routes: [] }, (carrier) => carriers.push(carrier)),
    [1],
  );
  assert.deepEqual([carriers, asked], [[1], 2], 'and for who is told that they go');
  assert.equal(table.uses(A!), false);
  assert.deepEqual(table.take({ tags: [SHARED[1]!], routes: [] }).sort(), [2, 3]);
  assert.deepEqual([table.uses(B!), table.uses(SHARED[0]!), table.size], [false, false, 0]);
});

test('several flows may depend on one connection, and a flow on several', () => {
  const table = new FlowTable();
  table.set({ id: id(1), tags: [...SHARED, A!, B!, A!] });
  table.set({ id: id(2), tags: [A!] });
  table.set({ id: id(3), tags: [A!] });
  assert.deepEqual([...table.having(A!)], [1, 2, 3]);
  table.remove(id(2));
  assert.deepEqual([...table.having(A!)], [1, 3]);
  table.set({ id: id(3), tags: [B!] });
  assert.deepEqual([...table.having(A!)], [1]);
  assert.deepEqual([...table.having(B!)], [1, 3]);
  table.set({ id: id(1), tags: SHARED });
  assert.deepEqual([table.uses(A!), [...table.having(B!)]], [false, [3]]);
});
