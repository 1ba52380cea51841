import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTINGS } from '@midonet/contract';
import { agentArguments, FLAGS, USAGE } from './arguments.ts';

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
    [[...CONTROLLER, '--metrics', '8182'], /--metrics: '8182' is no ADDR:PORT/],
    [[...CONTROLLER, '--log', 'loud'], /--log: expected one of debug, info, warn, error/],
    [[], /give a controller/],
  ] as const) {
    const asked = agentArguments(words, {});
    assert.ok(asked.kind === 'wrong', words.join(' '));
    assert.match(asked.message, message);
  }
});

test('what is set here, by whatever way, is not taken from the controllers', () => {
  const asked = agentArguments([...CONTROLLER, '--log=warn'], { MIDONET_AGENT_DNS_RESOLVER: '192.0.2.53' });
  assert.ok(asked.kind === 'run');
  assert.deepEqual([...asked.ownSettings], ['agent.loggers.root', 'agent.dns.resolvers']);
  const plain = agentArguments(CONTROLLER, {});
  assert.ok(plain.kind === 'run');
  assert.deepEqual([plain.level, plain.ownSettings.size], ['info', 0]);
});

test('the table of settings has these flags and no others, and the help all of them', () => {
  const questions = ['port', 'frame', 'help'];
  const flags = Object.keys(FLAGS).filter((flag) => !questions.includes(flag));
  assert.deepEqual(SETTINGS.agent.map(({ flag }) => flag).sort(), flags.sort());
  for (const flag of flags) assert.ok(USAGE.includes(`--${flag}`), flag);
  const asked = agentArguments([], { MIDONET_AGENT_CONTROLLER: 'http://a:1,http://b:2', MIDONET_AGENT_NAME: 'hv1' });
  assert.ok(asked.kind === 'run');
  assert.deepEqual([asked.controllerUrls, asked.hostName], [['http://a:1', 'http://b:2'], 'hv1']);
  assert.equal(agentArguments(['--config', '/nowhere'], {}).kind, 'wrong');
});
