import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKeyed, isDecodeFailure } from '@midonet/topology';
import { ItemStore } from './item-store.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const bridge = (name: string) => ({
  key: `bridge/${ID}`,
  value: { kind: 'bridge', id: ID, tenantId: 't', name, adminStateUp: true },
});

function store(): ItemStore {
  return new ItemStore((key, value) => {
    const item = decodeKeyed(key, value);
    return isDecodeFailure(item) ? undefined : item;
  });
}

test('an item stays while any topic shows it', () => {
  const items = store();
  assert.equal(items.snapshot('a', 1, [bridge('x')]).length, 1);
  assert.deepEqual(items.snapshot('b', 1, [bridge('x')]), []);
  assert.deepEqual(items.drop('a'), []);
  assert.deepEqual(items.drop('b'), [{ key: `bridge/${ID}`, value: undefined }]);
  assert.equal(items.size, 0);
});

test('older news does not undo newer, by whatever topic it comes', () => {
  const items = store();
  items.snapshot('a', 5, [bridge('new')]);
  assert.deepEqual(items.snapshot('b', 3, [bridge('old')]), []);
  assert.equal(JSON.stringify(items.value(`bridge/${ID}`)).includes('new'), true);
});

test('a fresh snapshot takes away what it does not show', () => {
  const items = store();
  items.snapshot('a', 1, [bridge('x')]);
  assert.deepEqual(items.snapshot('a', 2, []), [{ key: `bridge/${ID}`, value: undefined }]);
});

test('what cannot be read is counted and left out', () => {
  const items = store();
  assert.deepEqual(items.snapshot('a', 1, [{ key: `bridge/${ID}`, value: { kind: 'bridge' } }]), []);
  assert.equal(items.undecodable, 1);
});
