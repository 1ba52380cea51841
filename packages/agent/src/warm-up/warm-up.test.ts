import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warmUp } from './warm-up.ts';

test('the rehearsal goes to its end, packet by packet: each is forwarded', () => {
  // A sample that ended otherwise throws.
  assert.ok([...warmUp()].length > 100);
});
