import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { outliveReaders } from './outlive-readers.ts';

function failing(code: string): Error {
  return Object.assign(new Error(`${code}: write`), { code });
}

test('a reader that goes away is told from output that cannot be written', () => {
  const [out, err] = [new EventEmitter(), new EventEmitter()];
  const output = outliveReaders([out, err]);
  assert.deepEqual([output.readerGone.aborted, output.failure()], [false, undefined]);
  out.emit('error', failing('EPIPE'));
  assert.deepEqual([output.readerGone.aborted, output.failure()], [true, undefined]);
  out.emit('error', failing('ERR_STREAM_DESTROYED'));
  assert.equal(output.failure(), undefined, 'of the same stream, and the same reason');
  err.emit('error', failing('ENOSPC'));
  assert.equal(output.failure(), 'ENOSPC: write');
});
