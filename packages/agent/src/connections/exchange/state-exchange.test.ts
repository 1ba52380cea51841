import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleConnection, sampleConnection6, sampleId } from '../../../testing/connection-samples.ts';
import { keyOf, SimulatedNetwork, type SimulatedHost } from '../../../testing/simulated-network.ts';
import type { Told } from '../connection-codec.ts';
import { LONGEST_QUEUE, WINDOW } from './out-stream.ts';

/** A host's connections are its own: another's have other addresses. */
function told(host: SimulatedHost, index: number): Told {
  const make = index % 2 === 0 ? sampleConnection : sampleConnection6;
  return { connection: make(host.index * 1_000_000 + index), progress: { original: 2, reply: 0 } };
}

function pair(): { network: SimulatedNetwork; a: SimulatedHost; b: SimulatedHost } {
  const network = new SimulatedNetwork(2);
  const [a, b] = network.hosts as [SimulatedHost, SimulatedHost];
  return { network, a, b };
}

function assertAgree(a: SimulatedHost, b: SimulatedHost): void {
  assert.deepEqual(b.heardFrom(a), a.concerning(b));
}

test('what a host opens is with the other before its next datagram, and what it closes goes', () => {
  const { network, a, b } = pair();
  a.exchange.greet([b.id]);
  network.deliver();
  const one = told(a, 1);
  a.open(one, [b.id]);
  assert.equal(network.inFlight.length, 1, 'flush sent it, before any time passed');
  network.deliver();
  assert.deepEqual([...b.heard.values()], [{ told: one, from: a.id, doubted: false }]);
  a.close(one.connection);
  network.deliver();
  assert.equal(b.heard.size, 0);
  network.settle(1000);
  assert.equal(a.exchange.counters.again, 0);
  assert.deepEqual(a.exchange.load, { peers: 1, datagrams: 0 });
});

test('the first word to a host nobody greeted arrives too', () => {
  const { network, a, b } = pair();
  a.open(told(a, 1), [b.id]);
  network.deliver();
  assertAgree(a, b);
  assert.equal(b.heard.size, 1);
});

test('many connections of one turn share datagrams', () => {
  const { network, a, b } = pair();
  a.exchange.greet([b.id]);
  network.deliver();
  for (let i = 0; i < 100; i++) a.exchange.share({ ...told(a, 2 * i) }, [b.id]);
  a.exchange.flush();
  assert.ok(network.inFlight.length <= 10, `${network.inFlight.length} datagrams`);
  for (const { bytes } of network.inFlight) assert.ok(bytes.length <= 1400);
  network.deliver();
  assert.equal(b.heard.size, 100);
});

test('what opened a connection need not wait for what was lost before it', () => {
  const { network, a, b } = pair();
  a.exchange.greet([b.id]);
  network.deliver();
  network.settle(100);
  a.open(told(a, 1), [b.id]);
  network.inFlight.length = 0;
  a.open(told(a, 2), [b.id]);
  network.deliver();
  assert.deepEqual(b.heardFrom(a), [keyOf(told(a, 2).connection)]);
  // A lost close of the same, and its next life, end in order as well.
  a.close(told(a, 2).connection);
  network.inFlight.length = 0;
  a.open(told(a, 2), [b.id]);
  network.settle(1000);
  assertAgree(a, b);
  assert.equal(b.heard.size, 2);
});

test('after loss, doubling, mixing up, restarts and silence every host holds what it was told and not closed', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ open: fc.nat(5), host: fc.nat(2), to: fc.subarray([0, 1, 2]) }) },
    { weight: 4, arbitrary: fc.record({ close: fc.nat(5), host: fc.nat(2) }) },
    { weight: 12, arbitrary: fc.record({ choice: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 200 }) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.nat(2) }) },
    // So long that the others give it up.
    { weight: 1, arbitrary: fc.record({ lose: fc.constantFrom(100, 30_000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 150, size: 'max' }), (steps) => {
      const network = new SimulatedNetwork(3);
      for (const each of steps) {
        if ('open' in each) {
          const host = network.hosts[each.host]!;
          const one = told(host, each.open);
          // Whoever it no longer concerns is told.
          host.close(one.connection);
          const hosts = each.to.flatMap((to) => (to === each.host ? [] : [network.hosts[to]!.id]));
          host.open(one, hosts);
        } else if ('close' in each) {
          const host = network.hosts[each.host]!;
          host.close(told(host, each.close).connection);
        } else if ('choice' in each) network.step(each.choice);
        else if ('pass' in each) network.clock.advance(each.pass);
        else if ('restart' in each) network.hosts[each.restart]!.restart();
        else {
          for (let passed = 0; passed < each.lose; passed += 100) {
            network.inFlight.length = 0;
            network.clock.advance(100);
          }
        }
      }
      const agree = (): boolean =>
        network.hosts.every((a) =>
          network.hosts.every((b) => a === b || b.heardFrom(a).join() === a.concerning(b).join()),
        );
      // The longest pause between two hellos, and a bit.
      for (let i = 0; i < 35 && !agree(); i++) network.settle(1000);
      network.settle(500);
      for (const a of network.hosts) for (const b of network.hosts) if (a !== b) assertAgree(a, b);
      for (const { exchange } of network.hosts) assert.equal(exchange.counters.unreadable, 0);
    }),
    { numRuns: 150 },
  );
});

test('a host that starts anew hears everything that concerns it, also after it forgot', () => {
  const { network, a, b } = pair();
  for (let i = 0; i < 500; i++) a.open(told(a, i), i % 5 === 0 ? [] : [b.id]);
  network.settle(1000);
  assertAgree(a, b);
  b.heard.clear();
  b.restart();
  network.settle(1000);
  assertAgree(a, b);
  assert.equal(b.heard.size, 400);
});

test('what closed while the other was away is gone when it comes back', () => {
  const { network, a, b } = pair();
  for (let i = 0; i < 20; i++) a.open(told(a, i), [b.id]);
  network.settle(1000);
  for (let i = 0; i < 10; i++) a.close(told(a, i).connection);
  for (let passed = 0; passed < 60_000; passed += 100) {
    network.inFlight.length = 0;
    network.clock.advance(100);
  }
  assert.equal(a.exchange.counters.silent, 1);
  assert.equal(a.exchange.load.datagrams, 0, 'nothing is kept for who does not answer');
  network.settle(35_000);
  assertAgree(a, b);
  assert.equal(b.heard.size, 10);
});

test('when too much waits, what waits is dropped, counted, and told anew', () => {
  const { network, a, b } = pair();
  a.exchange.greet([b.id]);
  network.settle(100);
  for (let i = 0; i < 40_000; i++) a.open(told(a, i), [b.id]);
  assert.ok(a.exchange.counters.overflows > 0 && a.exchange.counters.dropped > 0);
  assert.ok(a.exchange.load.datagrams <= WINDOW + LONGEST_QUEUE, `${a.exchange.load.datagrams} datagrams kept`);
  for (let i = 0; i < 30_000; i++) a.close(told(a, i).connection);
  network.settle(5_000);
  assertAgree(a, b);
  assert.equal(b.heard.size, 10_000);
  assert.deepEqual([a.exchange.load.datagrams, b.exchange.load.datagrams], [0, 0]);
});

test('a port that moves takes its connections along', () => {
  const { network, a, b } = pair();
  const port = sampleId(77);
  const list = Array.from({ length: 300 }, (_, i) => told(a, i));
  a.exchange.handOver(port, list, b.id);
  a.exchange.handOver(sampleId(78), [undefined, told(a, 999)], b.id);
  network.settle(1000);
  // To whom nobody spoke yet, the list goes with what the caller says concerns it.
  a.exchange.handOver(port, list, b.id);
  a.exchange.handOver(sampleId(78), [undefined, told(a, 999)], b.id);
  network.settle(1000);
  const expected = list.map(({ connection }) => ({ port, connection }));
  assert.deepEqual(b.moved, [...expected, { port: sampleId(78), connection: told(a, 999).connection }]);
});

test('another key is refused and counted; either of two is taken while keys change', () => {
  const [old, young] = ['17'.repeat(32), '99'.repeat(32)];
  const network = new SimulatedNetwork(3, (host) => ({ current: host === 2 ? young : old }));
  const [a, b, c] = network.hosts as [SimulatedHost, SimulatedHost, SimulatedHost];
  a.open(told(a, 1), [b.id, c.id]);
  network.settle(1000);
  assert.deepEqual([b.heard.size, c.heard.size], [1, 0]);
  assert.ok(c.exchange.counters.wrongKey > 0);
  a.exchange.setKeys({ current: old, other: young });
  c.exchange.setKeys({ current: young, other: old });
  b.exchange.setKeys({ current: old, other: young });
  network.settle(5000);
  assertAgree(a, c);
  for (const host of [a, b, c]) host.exchange.setKeys({ current: young, other: old });
  a.open(told(a, 2), [b.id, c.id]);
  network.settle(1000);
  assertAgree(a, b);
  assertAgree(a, c);
});

test('what was recorded says nothing the second time, in this run and the next of either side', () => {
  const { network, a, b } = pair();
  a.open(told(a, 1), [b.id]);
  network.settle(1000);
  const recorded = [...network.recorded];
  a.close(told(a, 1).connection);
  network.settle(1000);
  const replay = (): void => {
    for (const { bytes, to } of recorded) network.hosts[to]!.exchange.receive(bytes);
    network.settle(1000);
    assert.equal(b.heard.size, 0);
  };
  replay();
  assert.ok(b.exchange.counters.duplicates > 0);
  a.restart();
  network.settle(1000);
  replay();
  assert.ok(b.exchange.counters.replayed > 0);
  b.restart();
  replay();
  a.open(told(a, 3), [b.id]);
  network.settle(3000);
  assertAgree(a, b);
});

test('any bytes, and any change to right ones, are refused', () => {
  const { network, a, b } = pair();
  a.open(told(a, 1), [b.id]);
  network.settle(1000);
  const { counters } = b.exchange;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      b.exchange.receive(bytes);
    }),
  );
  const right = network.recorded.filter(({ to }) => to === b.index);
  const before = counters.malformed + counters.wrongKey;
  let changed = 0;
  for (const { bytes } of right) {
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const other = bytes.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      b.exchange.receive(other);
      changed += 1;
    }
  }
  assert.equal(counters.malformed + counters.wrongKey - before, changed);
  assert.equal(b.heard.size, 1);
  // Someone else's mail, rightly signed.
  a.exchange.receive(right[0]!.bytes);
  assert.equal(a.exchange.counters.misdirected, 1);
});

test('hosts without an address are counted, not waited for', () => {
  const { a } = pair();
  a.open(told(a, 1), [sampleId(5), 'nonsense', a.id]);
  assert.equal(a.exchange.counters.unknownHost, 3);
  assert.deepEqual(a.exchange.load, { peers: 0, datagrams: 0 });
});

test('a class is told to who understands it, member by member, in order or not', () => {
  const { network, a, b } = pair();
  assert.equal(a.exchange.hearsOfClasses(b.id), false, 'it was not heard yet');
  a.exchange.greet([b.id]);
  network.deliver();
  network.settle(1000);
  assert.ok(a.exchange.hearsOfClasses(b.id));
  const members = [told(a, 1).connection, told(a, 2).connection];
  a.exchange.shareClass(4660, members, b.id);
  a.exchange.flush();
  network.deliver();
  assert.deepEqual(b.classes.get(`${a.id} 4660`), members);
});
