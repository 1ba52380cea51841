import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision, StoreEvent } from '@midonet/store';
import { Waiting } from './waiting.ts';

const at = (revision: number): Revision => revision as Revision; // as a store would give them
const event = (revision: number): StoreEvent => ({ revision: at(revision), at: 0, author: { user: 't' }, changes: [] });

test('what there is at one revision is one step, in the order of revisions, each event once', () => {
  const waiting = new Waiting();
  waiting.addReview({ revision: at(3), things: new Set(['a']) });
  waiting.addReview({ revision: at(3), things: new Set(['b']) });
  waiting.addReview({ revision: at(6), things: 'all' });
  waiting.addEvent(event(5));
  waiting.addEvent(event(6));
  waiting.mergeEvents([event(2), event(3), event(5)]);
  assert.equal(waiting.size, 7);
  const taken = [];
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const things = step.things instanceof Set ? [...step.things] : step.things;
    taken.push([step.revision, step.event?.revision, things]);
  }
  assert.deepEqual(taken, [
    [2, 2, undefined],
    [3, 3, ['a', 'b']],
    [5, 5, undefined],
    [6, 6, 'all'],
  ]);
  assert.equal(waiting.size, 0);
});
