import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '@midonet/store';
import { ManualClock } from '../testing/manual-clock.ts';
import { answersSoon } from './answers-soon.ts';

test('a store that answers is there, one that fails or says nothing is not', async () => {
  const clock = new ManualClock();
  await answersSoon({ revision: async () => 7 as Revision }, clock);
  await assert.rejects(answersSoon({ revision: () => Promise.reject(new Error('no leader')) }, clock), /no leader/);
  const silent = answersSoon({ revision: () => new Promise(() => undefined) }, clock);
  const told = assert.rejects(silent, /no answer within 2 seconds/);
  clock.advance(2_000);
  await told;
});
