import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reversed, sameTuple, type Connection, type Tuple } from '@midonet/flow';
import { TCP_FLAG, type IpAddress } from '@midonet/packet';
import { sampleConnection, sampleConnection6, sampleId, sampleTuple } from '../../testing/connection-samples.ts';
import { ConnectionTable, type GoneReason } from './connection-table.ts';

const MINUTE = 60_000;
const { syn, ack, fin, rst } = TCP_FLAG;

class Bench {
  time = 1000;
  readonly gone: [Connection, GoneReason][] = [];
  used: ((connection: Connection) => number | undefined) | undefined;
  readonly table: ConnectionTable;

  constructor(capacity = 100) {
    this.table = new ConnectionTable(
      { capacity },
      {
        now: () => this.time,
        onGone: (connection, why) => this.gone.push([connection, why]),
        lastUsed: (connection) => this.used?.(connection),
      },
    );
  }

  /** Lets `ms` pass and looks at everything that is due. */
  pass(ms: number): void {
    this.time += ms;
    this.table.expire(this.time, 10_000);
  }
}

test('both tuples find a connection, in its device alone, and give back what was put in', () => {
  const { table } = new Bench();
  const four = sampleConnection(7, { member: sampleId(9), egressPorts: [sampleId(3), sampleId(4)] });
  const six = sampleConnection6(7);
  for (const connection of [four, six]) {
    assert.deepEqual(table.open(connection, 'local'), { kind: 'opened' });
    assert.deepEqual(table.find(connection.device, connection.original), { connection, direction: 'original' });
    assert.deepEqual(table.find(connection.device, connection.reply), { connection, direction: 'reply' });
    assert.equal(table.find(sampleId(99), connection.original), undefined);
    assert.equal(table.find(connection.device, { ...connection.original, srcPort: 1 }), undefined);
    assert.equal(table.find(connection.device, { ...connection.original, proto: 17 }), undefined);
  }
  assert.equal(table.find(six.device, { ...six.original, dst: 2 as IpAddress }), undefined);
  assert.equal(table.size, 2);
  assert.deepEqual([...table.all()], [four, six]);
});

test('to an entry whose answer looks like its question, the question is found', () => {
  const { table } = new Bench();
  const tuple: Tuple = { ...sampleTuple(1), dst: sampleTuple(1).src, srcPort: 80 };
  const connection = sampleConnection(1, { original: tuple, reply: reversed(tuple) });
  assert.ok(sameTuple(tuple, reversed(tuple)));
  table.open(connection, 'local');
  assert.equal(table.find(connection.device, tuple)?.direction, 'original');
  assert.ok(table.remove(connection));
  assert.equal(table.find(connection.device, tuple), undefined);
});

test('the same again refreshes; another member, or one tuple of others, replace', () => {
  const { table } = new Bench();
  const one = sampleConnection(1);
  const two = sampleConnection(2);
  table.open(one, 'local');
  table.open(two, 'local');
  assert.deepEqual(table.open(sampleConnection(1), 'peer', 'h'), { kind: 'refreshed' });
  const balanced = { ...one, member: sampleId(8) };
  assert.deepEqual(table.open(balanced, 'local'), { kind: 'replaced', old: [one] });
  const both = { ...one, reply: two.reply };
  assert.deepEqual(table.open(both, 'local'), { kind: 'replaced', old: [balanced, two] });
  assert.equal(table.find(two.device, two.original), undefined);
  assert.equal(table.find(one.device, one.reply), undefined);
  assert.equal(table.size, 1);
  assert.equal(table.remove(one), false, 'it is known by both tuples');
});

test('ports that are new are added, and nothing else about it changes', () => {
  const { table } = new Bench();
  const ports = Array.from({ length: 100 }, (_, i) => sampleId(100 + i));
  const one = sampleConnection(1, { ingressPort: undefined, egressPorts: [] });
  table.open(one, 'local');
  table.advance(one, { original: 1, reply: 2 });
  const widen = (ingressPort: string | undefined, ...egressPorts: string[]) =>
    table.open({ ...one, ingressPort, egressPorts }, 'peer', 'h').kind;
  const known = () => table.find(one.device, one.original)?.connection;
  assert.equal(widen(ports[0], ports[1]!), 'widened');
  assert.equal(widen(ports[0], ports[1]!), 'refreshed');
  assert.equal(widen(undefined), 'refreshed');
  assert.equal(widen(ports[2], ports[0]!, ports[3]!), 'widened');
  assert.deepEqual(known(), { ...one, ingressPort: ports[0], egressPorts: [ports[1], ports[2], ports[3]] });
  assert.deepEqual(table.progress(one), { original: 1, reply: 2 });
  assert.equal(table.tellerOf(one), undefined, 'this host found it out itself');
  for (const port of [ports[0], ports[2], ports[3]]) assert.equal(table.ofPort(port!).length, 1);
  assert.equal(widen(ports[0], ...ports), 'widened');
  assert.deepEqual(known()?.egressPorts, ports.slice(-60), 'the oldest give way');
  table.remove(one);
  for (const port of ports) assert.deepEqual(table.ofPort(port), []);
});

test('connections of a port, and those that a peer told last', () => {
  const { table } = new Bench();
  const one = sampleConnection(1, { egressPorts: [sampleId(3), sampleId(4)] });
  const two = sampleConnection(2, { ingressPort: sampleId(4), egressPorts: [sampleId(4)] });
  table.open(one, 'peer', 'a');
  table.open(two, 'peer', 'a');
  assert.deepEqual(new Set(table.ofPort(sampleId(4))), new Set([one, two]));
  assert.deepEqual(table.ofPort(sampleId(3)), [one]);
  assert.deepEqual(table.ofHost('a'), [one, two]);
  table.open(one, 'peer', 'b');
  assert.deepEqual(table.ofHost('a'), [two]);
  table.open(two, 'local');
  table.remove(one);
  assert.deepEqual([table.ofHost('a'), table.ofHost('b')], [[], []]);
  assert.deepEqual(table.ofPort(sampleId(3)), []);
});

test('what a peer does not tell again stays in doubt', () => {
  const { table } = new Bench();
  const [one, two, other] = [sampleConnection(1), sampleConnection(2), sampleConnection(3)];
  table.open(one, 'peer', 'a');
  table.open(two, 'peer', 'a');
  table.open(other, 'peer', 'b');
  assert.deepEqual(table.doubted('a'), []);
  table.doubt('a');
  table.open(one, 'peer', 'a');
  assert.deepEqual(table.doubted('a'), [two]);
  table.open(two, 'peer', 'b');
  assert.deepEqual([table.doubted('a'), table.doubted('b')], [[], []]);
});

/** The time at which the connection goes, in minutes, when nothing more is heard of it. */
function restOf(proto: number, notes: readonly ['original' | 'reply', number][]): number {
  const bench = new Bench();
  const { original, reply } = sampleConnection(1);
  const connection = sampleConnection(1, { original: { ...original, proto }, reply: { ...reply, proto } });
  bench.table.open(connection, 'local');
  for (const [direction, flags] of notes) bench.table.note(connection, direction, flags);
  let minutes = 0;
  // A deadline is met within a second.
  for (bench.pass(1000); bench.gone.length === 0 && minutes < 1000; minutes += 0.5) bench.pass(MINUTE / 2);
  return minutes;
}

test('how long each may rest: RFC 5382, 4787 and 5508', () => {
  const open: ['original' | 'reply', number][] = [
    ['original', syn],
    ['reply', syn | ack],
  ];
  assert.equal(restOf(6, [['original', syn]]), 4);
  assert.equal(restOf(6, open), 124);
  assert.equal(
    restOf(6, [
      ['original', ack],
      ['reply', ack],
    ]),
    124,
  );
  assert.equal(restOf(6, [...open, ['original', fin | ack]]), 124, 'half closed');
  assert.equal(restOf(6, [...open, ['original', fin | ack], ['reply', fin | ack]]), 4);
  assert.equal(restOf(6, [...open, ['reply', rst]]), 4);
  assert.equal(restOf(6, [['original', syn], ['reply', rst | ack], ...open]), 124, 'the same ends start anew');
  assert.equal(restOf(17, []), 5);
  assert.equal(restOf(17, [['reply', 0]]), 5);
  assert.equal(restOf(1, []), 1);
  assert.equal(restOf(58, [['reply', 0]]), 1);
  assert.equal(restOf(132, []), 10);
});

test('what others saw of it counts as if it had been seen here', () => {
  const bench = new Bench();
  const connection = sampleConnection(1);
  bench.table.open(connection, 'local');
  assert.equal(bench.table.note(connection, 'original', syn), false);
  bench.table.advance(connection, { original: syn | ack, reply: syn | ack });
  bench.pass(123 * MINUTE);
  assert.equal(bench.gone.length, 0);
  assert.equal(bench.table.note(connection, 'reply', rst), true);
});

test('packets that do not come up renew it, and renewing costs one question', () => {
  const bench = new Bench();
  bench.table.open(sampleConnection(1), 'local');
  let asked = 0;
  bench.used = () => {
    asked += 1;
    return bench.time - MINUTE;
  };
  bench.pass(4 * MINUTE + 1000);
  assert.deepEqual([bench.gone.length, asked], [0, 1]);
  bench.used = undefined;
  bench.pass(3 * MINUTE + 1000);
  assert.deepEqual(
    bench.gone.map(([, why]) => why),
    ['idle'],
  );
});

test('expiry keeps to its budget and goes on where it stopped', () => {
  const bench = new Bench();
  for (let i = 0; i < 10; i++) bench.table.open(sampleConnection(i), 'local');
  bench.time += 5 * MINUTE;
  bench.table.expire(bench.time, 4);
  assert.equal(bench.gone.length, 4);
  bench.table.expire(bench.time, 100);
  assert.equal(bench.gone.length, 10);
  assert.equal(bench.table.size, 0);
});

test('a sleep longer than the wheel leaves nobody behind', () => {
  const bench = new Bench();
  bench.table.open(sampleConnection(1), 'local');
  bench.pass(100 * 3600_000);
  assert.equal(bench.table.size, 0);
  bench.table.open(sampleConnection(2), 'local');
  bench.pass(3 * MINUTE);
  assert.equal(bench.table.size, 1);
  bench.pass(2 * MINUTE);
  assert.equal(bench.table.size, 0);
});

test('when it is full, the closing go first, then the unanswered, then the least recently used', () => {
  const bench = new Bench(4);
  const { table } = bench;
  const [a, b, c, d] = [1, 2, 3, 4].map((i) => sampleConnection(i)) as [Connection, Connection, Connection, Connection];
  for (const connection of [a, b, c, d]) table.open(connection, 'local');
  for (const connection of [a, b, c]) {
    bench.time += 1;
    table.note(connection, 'original', syn);
    table.note(connection, 'reply', syn | ack);
  }
  table.note(c, 'reply', rst);
  bench.time += 1;
  table.touch(a, bench.time);
  for (let i = 5; i < 8; i++) {
    const next = sampleConnection(i);
    table.open(next, 'local');
    table.note(next, 'original', syn);
    table.note(next, 'reply', syn | ack);
    bench.time += 1;
  }
  assert.deepEqual(bench.gone, [
    [c, 'evicted'],
    [d, 'evicted'],
    [b, 'evicted'],
  ]);
  assert.deepEqual(table.counters.evicted, { closing: 1, unanswered: 1, answered: 1 });
  // The oldest is in use after all, as the datapath knows.
  bench.used = (connection) => (sameTuple(connection.original, a.original) ? bench.time : undefined);
  table.open(sampleConnection(9), 'local');
  assert.ok(table.find(a.device, a.original));
  assert.equal(table.size, 4);
});

/** A connection that was there goes on with the ports it had, and those that are new. */
function widened(known: Connection, { ingressPort, egressPorts }: Connection): Connection {
  const came = known.ingressPort === undefined || ingressPort === undefined ? [] : [ingressPort];
  const more = [...new Set([...came, ...egressPorts])];
  const own = [known.ingressPort, ...known.egressPorts];
  return {
    ...known,
    ingressPort: known.ingressPort ?? ingressPort,
    egressPorts: [...known.egressPorts, ...more.filter((port) => !own.includes(port))],
  };
}

test('after any history the table agrees with a plain list', () => {
  const tuple = fc
    .record({ src: fc.nat(2), dst: fc.nat(2), srcPort: fc.nat(1), dstPort: fc.nat(1), six: fc.boolean() })
    .map(({ six, ...rest }): Tuple => {
      const address = (n: number) => (six ? (BigInt(n) << 64n) | 1n : 0xc0a8_0000 + n) as IpAddress;
      return { proto: 6, ...rest, src: address(rest.src), dst: address(rest.dst) };
    });
  const step = fc.record({
    what: fc.constantFrom('open', 'open', 'open', 'remove'),
    device: fc.constantFrom('r1', 'r2'),
    original: tuple,
    reply: tuple,
    ingressPort: fc.constantFrom(undefined, 'p1', 'p2'),
    egressPorts: fc.subarray(['p1', 'p2', 'p3']),
  });
  const shares = (a: Connection, b: Connection): boolean =>
    a.device === b.device && [a.original, a.reply].some((one) => sameTuple(one, b.original) || sameTuple(one, b.reply));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { table } = new Bench();
      let list: Connection[] = [];
      for (const { what, ...connection } of steps) {
        const isIt = (other: Connection): boolean =>
          other.device === connection.device &&
          sameTuple(other.original, connection.original) &&
          sameTuple(other.reply, connection.reply);
        if (what === 'remove') {
          assert.equal(table.remove(connection), list.some(isIt));
          list = list.filter((other) => !isIt(other));
        } else {
          table.open(connection, 'local');
          const known = list.find(isIt);
          const now = known === undefined ? connection : widened(known, connection);
          list = [...list.filter((other) => !shares(other, connection)), now];
        }
        assert.equal(table.size, list.length);
        for (const each of list) {
          assert.deepEqual(table.find(each.device, each.original)?.connection, each);
          assert.deepEqual(table.find(each.device, each.reply)?.connection, each);
        }
        for (const port of ['p1', 'p2', 'p3']) {
          const expected = list.filter((one) => one.ingressPort === port || one.egressPorts.includes(port));
          assert.deepEqual(new Set(table.ofPort(port)), new Set(expected));
        }
      }
    }),
  );
});

test('an end seen in one direction is news to those who see the other', () => {
  const { table } = new Bench();
  const one = sampleConnection(1);
  table.open(one, 'local');
  table.note(one, 'original', syn);
  table.note(one, 'reply', syn | ack);
  assert.equal(table.note(one, 'original', ack), false);
  assert.deepEqual(table.phases, { closing: 0, unanswered: 0, answered: 1 });
  assert.equal(table.note(one, 'original', fin | ack), true, 'others wait for it');
  assert.equal(table.note(one, 'original', fin | ack), false, 'they were told');
  assert.deepEqual(table.phases, { closing: 0, unanswered: 0, answered: 1 });
  table.advance(one, { original: 0, reply: fin });
  assert.deepEqual(table.phases, { closing: 1, unanswered: 0, answered: 0 });
  table.remove(one);
  assert.deepEqual(table.phases, { closing: 0, unanswered: 0, answered: 0 });
});
