import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, type DpPort } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import type { Packet } from './packet.ts';
import { Parking } from './parking.ts';

function packet(first = 1): Packet {
  const frame = new Uint8Array(60).fill(first);
  const common = { fullLength: 60, gsoSize: 0, depth: 0 };
  return { direction: 'in', portId: 'p' as PortId, inPort: 1 as DpPort, key: emptyKey(), frame, ...common };
}

test('a packet is copied when it is parked, and woken once by any of what it lacks', () => {
  const parking = new Parking(() => assert.fail('nothing is to be dropped'));
  const borrowed = packet(7);
  parking.park(borrowed, ['a', 'b'], 0);
  borrowed.frame.fill(0);
  const [woken, ...more] = parking.wake('b');
  assert.equal(woken?.frame[0], 7);
  assert.deepEqual(more, []);
  assert.deepEqual(parking.wake('a'), []);
});

test('a packet that waits too long is dropped and counted; parked again, it keeps its time limit', () => {
  const dropped: string[] = [];
  const parking = new Parking((reason) => dropped.push(reason));
  parking.park(packet(), ['a'], 0);
  const [woken] = parking.wake('a');
  assert.ok(woken);
  parking.park(woken, ['b'], 4_000);
  parking.expire(4_999);
  assert.deepEqual(dropped, []);
  parking.expire(5_000);
  assert.deepEqual(dropped, ['parkedTooLong']);
  assert.equal(parking.size, 0);
});

test('no single missing thing can fill the parking', () => {
  const dropped: string[] = [];
  const parking = new Parking((reason) => dropped.push(reason));
  for (let i = 0; i < 100; i++) parking.park(packet(), ['a'], 0);
  parking.park(packet(), ['b'], 0);
  assert.equal(parking.size, 65);
  assert.equal(dropped.length, 36);
  assert.equal(dropped[0], 'parkingFull');
});
