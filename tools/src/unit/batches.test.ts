import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inBatches, unitTestBatches } from './batches.ts';

const ROOT = join(import.meta.dirname, '../../..');

test('every file of unit tests is in exactly one batch', () => {
  const all = ['packages/**/*.test.ts', 'bench/**/*.test.ts', 'tools/**/*.test.ts'].flatMap((pattern) =>
    globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**'] }),
  );
  const batches = unitTestBatches(ROOT);
  assert.match(batches[0]?.name ?? '', /^tools/, 'what waits starts first');
  const batched = batches.flatMap(({ files }) => files);
  assert.deepEqual(batched.toSorted(), all.toSorted());
});

test('a package with many files is several batches of even size, neighbours apart', () => {
  assert.deepEqual(inBatches('few', ['a', 'b'], 2), [{ name: 'few', files: ['a', 'b'] }]);
  assert.deepEqual(inBatches('many', ['a', 'b', 'c', 'd', 'e'], 2), [
    { name: 'many 1/3', files: ['a', 'd'] },
    { name: 'many 2/3', files: ['b', 'e'] },
    { name: 'many 3/3', files: ['c'] },
  ]);
});
