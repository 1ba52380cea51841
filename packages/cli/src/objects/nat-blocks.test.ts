import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOf, shortage } from './nat-blocks.ts';

test('blocks that follow each other are printed as one range of ports', () => {
  assert.equal(portsOf([16, 17, 100]), '1024-1151 6400-6463');
  assert.equal(portsOf([]), '');
});

test('what runs short is told with when it runs out', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const of = (free: number, exhaustedAt: string | null): string | undefined =>
    shortage({ deviceId: 'd', address: 'a', hosts: [], blocksAnHour: 1, free, exhaustedAt }, now);
  assert.equal(of(900, '2026-01-01T03:00:00.000Z'), undefined);
  assert.equal(of(300, '2026-01-03T00:00:00.000Z'), undefined);
  assert.match(of(300, '2026-01-01T03:10:00.000Z') ?? '', /300 of 1024 .* in about 3 hours at the pace/);
  assert.match(of(300, '2026-01-01T00:10:00.000Z') ?? '', /within the hour/);
  assert.equal(of(50, null), 'only 50 of 1024 blocks of its ports are not leased');
  assert.equal(of(0, null), 'all its ports are leased');
});
