import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../testing/manual-clock.ts';
import { TokenBuckets } from './token-buckets.ts';

test('what costs many waits until all of it is there, and spends nothing before', () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets({ burst: 10, perSecond: 2, size: 2 }, clock);
  buckets.spend('a', 4);
  assert.equal(buckets.wait('a', 6), 0);
  assert.equal(buckets.wait('a', 9), 2);
  assert.equal(buckets.wait('a', 6), 0, 'asking spends nothing');
  assert.equal(buckets.wait('a', 1000), 2, 'more than it holds: a full one');
  buckets.spend('a', 1000);
  assert.equal(buckets.wait('a'), 1);
  clock.advance(5000);
  assert.equal(buckets.wait('a', 10), 0);
});

test('a bucket empties, refills, and the least recently used one makes room', () => {
  const clock = new ManualClock();
  let evicted = 0;
  const buckets = new TokenBuckets({ burst: 2, perSecond: 0.5, size: 2, onEvict: () => evicted++ }, clock);
  buckets.spend('a');
  assert.equal(buckets.wait('a'), 0);
  buckets.spend('a');
  buckets.spend('a');
  assert.equal(buckets.wait('a'), 2, 'never more than empty');
  clock.advance(1000);
  assert.equal(buckets.wait('a'), 1);
  clock.advance(1000);
  assert.equal(buckets.wait('a'), 0);
  buckets.spend('b');
  buckets.spend('a');
  buckets.spend('c');
  assert.deepEqual([buckets.size, evicted, buckets.wait('a') > 0], [2, 1, true], 'b had to go');
  clock.advance(60_000);
  for (const key of ['a', 'b', 'c']) assert.equal(buckets.wait(key), 0);
  assert.equal(buckets.size, 0, 'full ones are not kept');
});
