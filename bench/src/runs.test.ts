import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespaceName, otherRuns } from './runs.ts';

test('namespaces of two runs have different names', () => {
  assert.notEqual(namespaceName('ovs-hv1', 10), namespaceName('ovs-hv1', 11));
  assert.match(namespaceName('ovs-hv1'), new RegExp(`-${process.pid}-`));
});

test('what a killed run left is told from what a run still uses', () => {
  const names = [
    namespaceName('ovs-hv1', 10),
    namespaceName('ovs-hv1', 11),
    namespaceName('ovs-vm1', 11),
    namespaceName('midonet-vm1', 12),
    'demo-hv1',
    'mnbench-of-somebody',
  ];
  assert.deepEqual(
    otherRuns(names, 10, (pid) => pid === 11),
    { running: [11], left: [namespaceName('midonet-vm1', 12)] },
  );
});
