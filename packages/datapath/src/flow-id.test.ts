import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { flowIdAt, placeOf } from './flow-id.ts';

test('an id tells its place, and flows of one place apart', () => {
  const place = fc.nat(2 ** 22 - 1);
  const generation = fc.nat(2 ** 31 - 1);
  fc.assert(
    fc.property(place, place, generation, generation, (place, other, generation, next) => {
      const id = flowIdAt(place, generation);
      assert.ok(Number.isSafeInteger(id));
      assert.equal(placeOf(id), place);
      assert.equal(flowIdAt(other, next) === id, other === place && next === generation);
    }),
  );
});
