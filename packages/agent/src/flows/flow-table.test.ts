import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FlowId } from '@midonet/datapath';
import { routeTag, type Tag } from '@midonet/flow';
import { cidrContains, network4, parseCidr, type Cidr, type Ip4 } from '@midonet/packet';
import { FlowTable, type FlowRecord } from './flow-table.ts';

const ROUTER = '00000000-0000-4000-8000-000000000001';

function record(id: number, tags: readonly string[]): FlowRecord {
  return { id: id as FlowId, tags: tags as readonly Tag[] };
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

test('a change takes exactly the flows that carry its tag, each once', () => {
  const table = new FlowTable();
  table.set(record(1, ['a', 'b']));
  table.set(record(2, ['b', 'c']));
  table.set(record(3, ['c']));
  assert.deepEqual(table.take({ tags: ['a', 'b'] as Tag[], routes: [] }).sort(), [1, 2]);
  assert.equal(table.size, 1);
  assert.equal(table.uses('a' as Tag), false);
  assert.equal(table.uses('c' as Tag), true);
});

test('a flow that is set again has its new tags only', () => {
  const table = new FlowTable();
  table.set(record(1, ['a']));
  table.set(record(1, ['b']));
  assert.deepEqual(table.take({ tags: ['a'] as Tag[], routes: [] }), []);
  assert.deepEqual(table.take({ tags: ['b'] as Tag[], routes: [] }), [1]);
});

test('a route takes the flows whose destination overlaps it, of its router alone', () => {
  const table = new FlowTable();
  table.set(record(1, [routeTag(ROUTER, cidr('10.1.2.3/32'))]));
  table.set(record(2, [routeTag(ROUTER, cidr('10.1.0.0/16'))]));
  table.set(record(3, [routeTag(ROUTER, cidr('10.2.0.0/16'))]));
  table.set(record(4, [routeTag(ROUTER.replace(/1$/, '2'), cidr('10.1.2.3/32'))]));
  table.set(record(5, [routeTag(ROUTER, cidr('fd00::1/128'))]));
  const take = (text: string): FlowId[] => table.take({ tags: [], routes: [{ routerId: ROUTER, prefix: cidr(text) }] });
  assert.deepEqual(take('10.1.2.0/24').sort(), [1, 2]);
  assert.deepEqual(take('fd00::/16'), [5]);
  assert.deepEqual(take('0.0.0.0/0'), [3]);
});

test('after any history the table agrees with a plain list', () => {
  const tag = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc
      .tuple(fc.nat(3), fc.integer({ min: 0, max: 32 }))
      // As the simulation makes them: host bits cleared.
      .map(([n, length]) => routeTag(ROUTER, { address: network4((0x0a000000 + (n << 16)) as Ip4, length), length })),
  );
  const step = fc.oneof(
    fc.record({ set: fc.nat(9), tags: fc.uniqueArray(tag, { maxLength: 5 }) }),
    fc.record({ remove: fc.nat(9) }),
    fc.record({ take: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ route: fc.integer({ min: 0, max: 24 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const table = new FlowTable();
      let list: FlowRecord[] = [];
      for (const each of steps) {
        if ('set' in each) {
          table.set(record(each.set, each.tags));
          list = [...list.filter(({ id }) => Number(id) !== each.set), record(each.set, each.tags)];
        } else if ('remove' in each) {
          table.remove(each.remove as FlowId);
          list = list.filter(({ id }) => Number(id) !== each.remove);
        } else {
          const prefix = 'route' in each ? cidr(`10.1.0.0/${each.route}`) : undefined;
          const hit = ({ tags }: FlowRecord): boolean =>
            tags.some((own) => ('take' in each ? own === each.take : overlaps(own, prefix)));
          const tags = 'take' in each ? [each.take as Tag] : [];
          const taken = table.take({ tags, routes: prefix === undefined ? [] : [{ routerId: ROUTER, prefix }] });
          assert.deepEqual(
            taken.map(Number).sort(),
            list
              .filter(hit)
              .map(({ id }) => Number(id))
              .sort(),
          );
          list = list.filter((flow) => !hit(flow));
        }
        assert.equal(table.size, list.length);
      }
    }),
  );
});

function overlaps(tag: Tag, prefix: Cidr | undefined): boolean {
  const own = parseCidr(tag.slice(`route:${ROUTER}:`.length));
  if (own === undefined || prefix === undefined || !tag.startsWith('route:')) return false;
  return cidrContains(own, prefix.address) || cidrContains(prefix, own.address);
}
