import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowId } from '@midonet/datapath';
import { connectionTag, reversed, type Connection, type Found, type Tag, type Tuple } from '@midonet/flow';
import type { Ip4, Ip6, IpAddress } from '@midonet/packet';
import { FlowTable } from './flow-table.ts';

const [A, B] = ['connection:a', 'connection:b'] as Tag[];
const SHARED = ['bridge:1', 'port:2'] as Tag[];

/** Of a bridge, by its client's port. */
function connection(port: number, address: IpAddress = 1 as Ip4): Connection {
  const original: Tuple = { proto: 6, src: address, dst: address, srcPort: port, dstPort: 80 };
  return { device: 'bridge', original, reply: reversed(original), ingressPort: undefined, egressPorts: [] };
}

function id(number: number): FlowId {
  return number as FlowId;
}

test('flows of a class share what they have in common, and are found by their own connection', () => {
  const table = new FlowTable();
  let asked = 0;
  for (const port of [1, 2, 3]) {
    const carried = (): Found[] => {
      asked += 1;
      return [{ connection: connection(port), direction: 'original' }];
    };
    table.setMade({ id: id(port), shared: SHARED, own: [connection(port)], connections: carried });
  }
  assert.ok([...table.ofConnection(connection(2))].includes(id(2)));
  const { device, original } = connection(3);
  assert.deepEqual(table.get(id(3))?.tags, [...SHARED, connectionTag(device, original)]);
  assert.equal(asked, 1, 'connections are made for those who ask');
  const carriers: FlowId[] = [];
  const taken = table.take({ tags: [], connections: [connection(1)], routes: [] }, (carrier) => carriers.push(carrier));
  assert.ok(taken.includes(id(1)));
  assert.deepEqual([carriers, asked], [taken, 1 + taken.length], 'and for who is told that they go');
  assert.equal(table.has(id(1)), false);
  assert.deepEqual([...table.take({ tags: [SHARED[1]!], routes: [] }), ...taken].sort(), [1, 2, 3]);
  assert.deepEqual(
    [table.usesConnection(connection(2)), table.uses(SHARED[0]!), table.size],
    [false, false, 0],
    'nothing is left of them',
  );
});

test('a connection is found by either of its tags, and one that no flow has by neither', () => {
  for (const address of [0x0a000001 as Ip4, 0xfd00_0000_0000_0000_0000_0000_0000_0001n as Ip6]) {
    const table = new FlowTable();
    const [both, answers] = [connection(1, address), connection(2, address)];
    const tagOf = (tuple: Tuple): Tag => connectionTag('bridge', tuple);
    table.set({ id: id(1), tags: [...SHARED, tagOf(both.original), tagOf(both.reply)] });
    table.set({ id: id(2), tags: [tagOf(answers.reply)] });
    const used = [both, answers, connection(3, address), { ...both, device: 'router' }];
    assert.deepEqual(
      used.map((each) => table.usesConnection(each)),
      [true, true, false, false],
    );
    assert.deepEqual([...table.ofConnection(answers)], []);
    assert.deepEqual(table.take({ tags: [], connections: [answers], routes: [] }), [2]);
    assert.deepEqual(table.take({ tags: [], connections: [both], routes: [] }), [1]);
    assert.deepEqual(
      used.map((each) => table.usesConnection(each)),
      [false, false, false, false],
    );
  }
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
