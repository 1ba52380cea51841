import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { derivedId } from './derived-id.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test('the id of a role is a UUID, the same each time, and another one for each object and each role', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), fc.string(), fc.string(), (id, other, role, another) => {
      fc.pre(id !== other && role !== another);
      const derived = derivedId(id, role);
      assert.match(derived, UUID);
      assert.equal(derivedId(id, role), derived);
      assert.notEqual(derivedId(other, role), derived);
      assert.notEqual(derivedId(id, another), derived);
    }),
  );
});

test('what is no UUID is a fault of the program', () => {
  assert.throws(() => derivedId('not-an-id', 'role'));
});
