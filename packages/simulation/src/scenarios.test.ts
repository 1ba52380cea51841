import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIOS, stepLines } from '@midonet/simulation/testing';

for (const { name, network, steps } of SCENARIOS) {
  test(name, async (suite) => {
    for (const step of steps) {
      await suite.test(step.title, () => {
        assert.deepEqual(stepLines(network(), step), step.expect);
      });
    }
  });
}
