import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DropDto } from '@midonet/contract';
import { grown } from './drops.ts';

const drop = (reason: string, packets: number): DropDto => ({
  ...{ hostId: 'h', reason, explanation: '', port: 'p', byKind: 'rule', byId: 'r', changed: null },
  packets,
});

test('what has grown is shown by how much; of an agent that started again all of it', () => {
  const before = [drop('chainDrop', 5), drop('noRoute', 9), drop('portDown', 2)];
  const now = [drop('chainDrop', 8), drop('noRoute', 4), drop('portDown', 2), drop('loop', 1)];
  assert.deepEqual(grown(before, now), [drop('chainDrop', 3), drop('noRoute', 4), drop('loop', 1)]);
});
