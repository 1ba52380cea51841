import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionRange } from '@midonet/contract';
import { sampleConnection } from '../../../testing/connection-samples.ts';
import { keyOf, SimulatedNetwork, TEST_KEYS, type SimulatedHost } from '../../../testing/simulated-network.ts';
import type { Told } from '../connection-codec.ts';

const told: Told = { connection: sampleConnection(1), progress: { original: 2, reply: 0 } };

/**
 * What an agent sent that knew version 1 alone and no ranges: its hello, the list of all it knew
 * (empty), a connection that opened. Recorded from that agent.
 */
const OF_VERSION_1 = [
  '01010001918b28185a3c1d9e0f424b7a9c110000000003e85a3c1d9e0f424b7a9c110000000003e900000000000003e800000000000000000000000000000000013a6a9be72bacd4342b86b97ada3bb2d6',
  '01020006918b28185a3c1d9e0f424b7a9c110000000003e85a3c1d9e0f424b7a9c110000000003e900000000000003e800000000000003e80000000100000001000000010304d389d0e4ddfa9fb190c56063d7af70b9',
  '01020055918b28185a3c1d9e0f424b7a9c110000000003e85a3c1d9e0f424b7a9c110000000003e900000000000003e800000000000003e8000000010000000200000001010806005a3c1d9e0f424b7a9c110000000000010a000001c633640a04010050c633640acb00710000500001020001005a3c1d9e0f424b7a9c11000000000002005a3c1d9e0f424b7a9c110000000000034f1e65a19041e206951d62e8b91c911c',
];

function pair(...versions: readonly (VersionRange | undefined)[]): {
  network: SimulatedNetwork;
  a: SimulatedHost;
  b: SimulatedHost;
} {
  const network = new SimulatedNetwork(
    2,
    () => TEST_KEYS,
    (host) => versions[host],
  );
  const [a, b] = network.hosts as [SimulatedHost, SimulatedHost];
  return { network, a, b };
}

test('an agent of version 1 is heard and answered in version 1, by one that speaks more', () => {
  for (const versions of [undefined, { from: 1, to: 3 }]) {
    const { network, a, b } = pair(undefined, versions);
    for (const hex of OF_VERSION_1) b.exchange.receive(Buffer.from(hex, 'hex'));
    network.clock.advance(100);
    assert.deepEqual(b.heardFrom(a), [keyOf(told.connection)]);
    assert.ok(network.recorded.length >= 2, 'a hello and an acknowledgement');
    assert.deepEqual(new Set(network.recorded.map(({ bytes }) => bytes[0])), new Set([1]));
  }
});

test('two agents take the highest version that both speak', () => {
  const { network, a, b } = pair({ from: 1, to: 4 }, { from: 2, to: 3 });
  a.open(told, [b.id]);
  network.settle(500);
  assert.deepEqual(b.heardFrom(a), [keyOf(told.connection)]);
  const data = network.recorded.filter(({ bytes }) => bytes[1] !== 1);
  assert.deepEqual(new Set(data.map(({ bytes }) => bytes[0])), new Set([3]));
});

test('agents with no version in common tell each other nothing, say so, and speak after an upgrade', () => {
  const { network, a, b } = pair({ from: 1, to: 1 }, { from: 2, to: 3 });
  a.open(told, [b.id]);
  network.settle(2_000);
  assert.deepEqual(b.heardFrom(a), []);
  assert.deepEqual([...a.exchange.incompatible], [[b.id, { from: 2, to: 3 }]]);
  assert.deepEqual([...b.exchange.incompatible], [[a.id, { from: 1, to: 1 }]]);
  a.versions = { from: 1, to: 2 };
  a.restart();
  network.settle(2_000);
  assert.deepEqual(b.heardFrom(a), [keyOf(told.connection)]);
  assert.equal(a.exchange.incompatible.size, 0);
  assert.equal(b.exchange.incompatible.size, 0);
});

test('what comes in a version that is not spoken is counted and not read', () => {
  const { network, b } = pair(undefined, { from: 2, to: 2 });
  for (const hex of OF_VERSION_1) b.exchange.receive(Buffer.from(hex, 'hex'));
  network.clock.advance(100);
  assert.equal(b.heard.size, 0);
  assert.equal(b.exchange.counters.otherVersion, 2);
});
