import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashCheck } from './crash-check.ts';

const crash = {
  at: '2026-01-02T03:04:05.000Z',
  program: 'agent',
  seconds: 70,
  reason: 'Error: boom\n    at x',
} as const;

test('crashes are told with the last one, where the rest is, and what to do', () => {
  assert.equal(crashCheck('/s', []).state, 'ok');
  assert.equal(crashCheck('/s', undefined).state, 'unknown');
  const one = crashCheck('/s', [crash]);
  assert.equal(one.state, 'warning');
  assert.equal(one.found, 'one crash of the agent, the last at 2026-01-02T03:04:05.000Z after 70 s: Error: boom');
  assert.match(one.advice ?? '', /\/s\/crashes\.jsonl/);
  assert.match(crashCheck('/s', [crash, crash]).found, /^2 crashes/);
});
