import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentArguments } from './arguments.ts';

const CONTROLLER = ['--controller', 'http://192.0.2.1:8181'];

test('a run takes its flow table size, or leaves it to the datapath', () => {
  const asked = agentArguments([...CONTROLLER, '--max-flows', '256'], {});
  assert.ok(asked.kind === 'run');
  assert.equal(asked.maxFlows, 256);
  const plain = agentArguments(CONTROLLER, {});
  assert.ok(plain.kind === 'run');
  assert.equal(plain.maxFlows, undefined);
});

test('a wrong argument is named, with what would be right', () => {
  for (const [words, message] of [
    [[...CONTROLLER, '--max-flows', '63'], /--max-flows: '63' is not from 64 to 1048576/],
    [[...CONTROLLER, '--max-flows', 'many'], /--max-flows: 'many' is not/],
    [[...CONTROLLER, '--max-flows', '1e3.5'], /--max-flows/],
    [['--controller', '192.0.2.1'], /--controller: '192.0.2.1' is no http\(s\) URL/],
    [[...CONTROLLER, '--log', 'loud'], /--log: expected one of debug, info, warn, error/],
    [[], /give a controller/],
  ] as const) {
    const asked = agentArguments(words, {});
    assert.ok(asked.kind === 'wrong', words.join(' '));
    assert.match(asked.message, message);
  }
});
