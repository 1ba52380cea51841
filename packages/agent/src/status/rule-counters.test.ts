import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleCounters } from './rule-counters.ts';

test('rules keep their counts as long as they are met; of too many, those that are idle go first', () => {
  const rules = new RuleCounters(3);
  const hit = (id: string): void => {
    for (const count of rules.of([id])) count.packets++;
  };
  const counts = (): Record<string, number> =>
    Object.fromEntries(rules.busiest(9).map(({ ruleId, packets }) => [ruleId, packets]));
  for (const id of ['a', 'b', 'b', 'c']) hit(id);
  assert.deepEqual(counts(), { b: 2, a: 1, c: 1 });
  hit('d');
  assert.deepEqual(counts(), { b: 2, c: 1, d: 1 }, 'all were met: the oldest goes');
  hit('c');
  hit('e');
  assert.deepEqual(counts(), { c: 2, d: 1, e: 1 }, 'b was not met since');
  assert.deepEqual(
    rules.busiest(1).map(({ ruleId }) => ruleId),
    ['c'],
  );
});
