import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reversed, type Connection, type NatRange } from '@midonet/flow';
import fc from 'fast-check';
import { address, NatRig, range, ROUTER, TCP, UDP } from '../../test/nat-rig.ts';
import { blockOf } from './port-blocks.ts';

/** Few of everything, so that all of it runs out: four ports of a block, four hosts, three destinations. */
const RANGES = [
  [range('203.0.113.1', '6400-6403')],
  [range('203.0.113.1 203.0.113.2', '6462-6465')],
  [range('203.0.113.2', '1022-1025'), range('203.0.113.1', '6400-6403')],
];
const BLOCKS = [
  ['203.0.113.1', 100],
  ['203.0.113.1', 101],
  ['203.0.113.2', 100],
  ['203.0.113.2', 15],
  ['203.0.113.2', 16],
] as const;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('connect' as const),
      host: fc.integer({ min: 1, max: 4 }),
      port: fc.integer({ min: 1022, max: 1025 }),
      to: fc.integer({ min: 1, max: 3 }),
      proto: fc.constantFrom(UDP, UDP, UDP, TCP),
      rule: fc.nat({ max: RANGES.length - 1 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('close' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('block' as const),
      comes: fc.constantFrom(true, true, false),
      which: fc.nat({ max: BLOCKS.length - 1 }),
    }),
  },
);

test('whatever happens, a choice is allowed, leased, free, the same twice, and shared only without an unused port', () => {
  const seen = { reused: 0, overloaded: 0 };
  const run = fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
    const rig = new NatRig();
    const held = new Set<string>();
    for (const each of steps) {
      if (each.kind === 'block') {
        const [text, block] = BLOCKS[each.which]!;
        const it = { deviceId: ROUTER, address: address(text), block };
        if (each.comes) {
          held.add(`${it.address} ${block}`);
          rig.allocator.addBlock(it);
        } else {
          held.delete(`${it.address} ${block}`);
          rig.allocator.loseBlock(it);
        }
      } else if (each.kind === 'close') {
        const all = [...rig.open.values()];
        const one = all[each.which % Math.max(1, all.length)];
        if (one !== undefined) rig.close(one);
      } else {
        const ends = `10.0.0.${each.host}:${each.port} > 8.8.8.${each.to}:53`;
        const request = rig.request(ends, RANGES[each.rule]!, each.proto);
        const known = [...rig.open.values()];
        // A device looks for the connection first.
        if (known.some(({ original }) => same(original, request.original))) continue;
        const usable = [...allowed(request.ranges)].filter(([ip, port]) => held.has(`${ip} ${blockOf(port)}`));
        const free = usable.filter(([ip, port]) => !known.some(({ reply }) => uses(reply, each.proto, ip, port)));
        const towards = usable.filter(
          ([ip, port]) =>
            !known.some(({ reply }) => uses(reply, each.proto, ip, port) && reply.src === request.now.dst),
        );
        const own = known.filter(
          ({ original }) => original.src === request.original.src && original.proto === each.proto,
        );
        const opened = rig.connect(ends, request.ranges, each.proto);
        if (typeof opened === 'string') {
          assert.equal(towards.length, 0, `${opened} with ${towards.length} left`);
          continue;
        }
        const mine = reversed(opened.reply);
        assert.ok(
          towards.some(([ip, port]) => ip === mine.src && port === mine.srcPort),
          'not allowed, leased and free',
        );
        const mapped = own.filter(
          ({ original, reply }) =>
            original.srcPort === request.original.srcPort &&
            towards.some(([ip, port]) => ip === reply.dst && port === reply.dstPort),
        );
        const isMapped = mapped.some(({ reply }) => reply.dst === mine.src && reply.dstPort === mine.srcPort);
        assert.equal(isMapped, mapped.length > 0, 'the endpoint did not keep its port');
        const isUnused = free.some(([ip, port]) => ip === mine.src && port === mine.srcPort);
        assert.ok(isMapped || isUnused || free.length === 0, 'shares a port though one is unused');
      }
    }
    for (const connection of [...rig.open.values()]) rig.close(connection);
    const { endpoints, addresses, reused, overloaded } = rig.allocator.stats();
    seen.reused += reused;
    seen.overloaded += overloaded;
    assert.equal(endpoints, 0);
    assert.ok(addresses.every(({ used }) => used === 0));
  });
  fc.assert(run, { numRuns: 120 });
  assert.ok(seen.reused > 0 && seen.overloaded > 0, JSON.stringify(seen));
});

function* allowed(ranges: readonly NatRange[]): Generator<readonly [ip: number, port: number]> {
  for (const { addressFrom, addressTo, portFrom, portTo } of ranges) {
    for (let ip = Number(addressFrom); ip <= Number(addressTo); ip++) {
      for (let port = portFrom; port <= portTo; port++) yield [ip, port];
    }
  }
}

function uses(reply: Connection['reply'], proto: number, ip: unknown, port: number): boolean {
  return reply.dst === ip && reply.dstPort === port && reply.proto === proto;
}

function same(a: Connection['original'], b: Connection['original']): boolean {
  return (
    a.src === b.src && a.srcPort === b.srcPort && a.dst === b.dst && a.dstPort === b.dstPort && a.proto === b.proto
  );
}
