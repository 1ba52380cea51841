import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DropCounters } from './drop-counters.ts';

test('packets count by reason, port and the object that decided', () => {
  const drops = new DropCounters();
  const by = { kind: 'rule', id: 'r' };
  drops.count('chainDrop', 'a', by);
  drops.at('chainDrop', 'a', by).packets += 2;
  drops.count('chainDrop', 'b', by);
  drops.count('notBound', 'dp 3');
  assert.deepEqual(
    [...drops.list()],
    [
      { reason: 'chainDrop', port: 'a', by, packets: 3 },
      { reason: 'chainDrop', port: 'b', by, packets: 1 },
      { reason: 'notBound', port: 'dp 3', by: { kind: 'port', id: 'dp 3' }, packets: 1 },
    ],
  );
  assert.equal(drops.total('chainDrop'), 4);
});

test('what comes when the table is full, and what a report has no room for, keeps its reason', () => {
  const drops = new DropCounters();
  for (let i = 0; i < 5000; i++) drops.count(i % 2 === 0 ? 'noRoute' : 'loop', `port ${i}`);
  assert.equal([...drops.list()].length, 4098);
  assert.equal(drops.total('noRoute'), 2500);
  const report = drops.greatest(3);
  assert.equal(report[0]?.port, 'others');
  assert.equal(report.length, 5);
  assert.equal(
    report.reduce((sum, { packets }) => sum + packets, 0),
    5000,
  );
});
