import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '@midonet/store';
import { PastMap } from './past-map.ts';

const at = (revision: number): Revision => revision as Revision; // as a store would give them

test('it tells what a key held behind each revision, as far back as it was not told to forget', () => {
  const map = new PastMap<string>();
  map.set('a', 'first');
  map.set('a', 'second', at(10));
  map.set('a', undefined, at(20));
  map.set('a', 'third', at(20));
  map.set('a', undefined, at(30));
  map.set('b', 'new', at(25));
  const told = (key: string) => [5, 9, 10, 19, 20, 24, 25, 30].map((revision) => map.get(key, at(revision)) ?? '-');
  assert.deepEqual(told('a'), ['first', 'first', 'second', 'second', 'third', 'third', 'third', '-']);
  assert.deepEqual(told('b'), ['-', '-', '-', '-', '-', '-', 'new', 'new']);
  assert.deepEqual([map.get('a'), map.knows('a'), map.knows('c')], [undefined, true, false]);
  map.forget(at(20));
  assert.deepEqual([map.get('a', at(20)), map.get('a', at(29)), map.get('a', at(30))], ['third', 'third', undefined]);
  map.forget(at(30));
  assert.deepEqual([map.knows('a'), map.knows('b')], [false, true]);
});
