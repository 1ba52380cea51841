import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nthSmallest } from './select.ts';

test('agrees with sorting', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1 }), fc.nat(), (list, seed) => {
      const rank = seed % list.length;
      const sorted = [...list].sort((a, b) => a - b);
      assert.equal(nthSmallest(Float64Array.from(list), list.length, rank), sorted[rank]);
    }),
  );
});

test('looks at the first values only', () => {
  assert.equal(nthSmallest(Float64Array.of(3, 2, 1, 0, 0), 3, 0), 1);
});
