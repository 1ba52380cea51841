import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortId } from '@midonet/topology';
import { sampleId } from '../../testing/connection-samples.ts';
import { ManualClock } from '../manual-clock.ts';
import { Arrivals } from './arrivals.ts';

const [A, B] = [sampleId(1), sampleId(2)] as [PortId, PortId];

test('a port settles when its former host has told, or when nobody has for a while; each once', () => {
  const clock = new ManualClock();
  const settled: string[] = [];
  const arrivals = new Arrivals(clock, (port) => settled.push(port));
  arrivals.arrived(A);
  arrivals.arrived(B);
  assert.deepEqual([arrivals.isSettling(A), arrivals.isSettling(sampleId(3) as PortId)], [true, false]);
  arrivals.settled(A);
  arrivals.settled(A);
  assert.deepEqual([settled, arrivals.isSettling(A), arrivals.isSettling(B)], [[A], false, true]);
  clock.advance(1_000);
  assert.deepEqual([settled, arrivals.isSettling(B)], [[A, B], false]);
});

test('one that comes again waits its whole time again, and stopping ends all waiting', () => {
  const clock = new ManualClock();
  const settled: string[] = [];
  const arrivals = new Arrivals(clock, (port) => settled.push(port));
  arrivals.arrived(A);
  clock.advance(200);
  arrivals.arrived(A);
  clock.advance(200);
  assert.deepEqual(settled, []);
  clock.advance(200);
  assert.deepEqual(settled, [A]);
  arrivals.arrived(A);
  arrivals.stop();
  clock.advance(1_000);
  assert.deepEqual(settled, [A]);
});
