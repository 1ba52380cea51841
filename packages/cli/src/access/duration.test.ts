import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds, timeBack } from './duration.ts';

test('durations and times back', () => {
  assert.deepEqual(
    ['90s', '15m', '12h', '90d', '2w'].map((text) => seconds('--expires', text)),
    [90, 900, 43_200, 7_776_000, 1_209_600],
  );
  for (const text of ['', '12', 'h', '-1h', '1.5h', '1y']) {
    assert.throws(() => seconds('--expires', text), /--expires: .* is no duration/);
  }
  assert.equal(timeBack('--since', '1h', Date.UTC(2026, 0, 1, 12)), '2026-01-01T11:00:00.000Z');
  assert.equal(timeBack('--since', '2026-01-01T00:00:00+01:00', 0), '2025-12-31T23:00:00.000Z');
  assert.throws(() => timeBack('--since', 'yesterday', 0), /--since: .* is no time/);
});
