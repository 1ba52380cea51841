import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyMask, type FlowMask } from './flow-key.ts';
import { MaskPool } from './mask-pool.ts';

function mask(value: number): FlowMask {
  const made = emptyMask();
  made[3] = value;
  return made;
}

test('equal masks are one object, others are their own', () => {
  const pool = new MaskPool();
  const first = pool.intern(mask(1));
  assert.deepEqual([...first], [...mask(1)]);
  assert.notEqual(pool.intern(mask(2)), first);
  assert.equal(pool.intern(mask(1)), first);
});

test('what it gave out stays as it was, however many come after', () => {
  const pool = new MaskPool();
  const $work = mask(1);
  const first = pool.intern($work);
  for (let i = 2; i < 100; i++) {
    $work[3] = i;
    assert.equal(pool.intern($work)[3], i);
  }
  assert.equal(first[3], 1);
});
