import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FragmentKey } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { sampleId, sampleTuple } from '../../testing/connection-samples.ts';
import { missingKey } from '../view/missing-key.ts';
import { Fragments } from './fragments.ts';

function key(id: number): FragmentKey {
  return { device: sampleId(1), proto: 17, src: 1 as IpAddress, dst: 2 as IpAddress, id };
}

test('a first fragment tells the ports of the others for as long as Linux waits for them', () => {
  let now = 0;
  const fragments = new Fragments(() => now);
  const text = fragments.put(key(7), sampleTuple(1));
  assert.equal(text, missingKey({ kind: 'fragment', fragment: key(7) }), 'packets that wait are woken by it');
  assert.deepEqual(fragments.get(key(7)), sampleTuple(1));
  assert.equal(fragments.get(key(8)), undefined);
  now = 29_999;
  assert.deepEqual(fragments.get(key(7)), sampleTuple(1));
  now = 30_000;
  assert.equal(fragments.get(key(7)), undefined);
  fragments.sweep();
  assert.equal(fragments.size, 0);
});

test('a flood of first fragments is bounded: the oldest give way, counted', () => {
  const fragments = new Fragments(() => 0);
  for (let id = 0; id < 5000; id++) fragments.put(key(id), sampleTuple(id));
  assert.deepEqual([fragments.size, fragments.evicted], [4096, 5000 - 4096]);
  assert.equal(fragments.get(key(0)), undefined);
  assert.deepEqual(fragments.get(key(4999)), sampleTuple(4999));
});
