import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOf } from './nat-blocks.ts';

test('blocks that follow each other are printed as one range of ports', () => {
  assert.equal(portsOf([16, 17, 100]), '1024-1151 6400-6463');
  assert.equal(portsOf([]), '');
});
