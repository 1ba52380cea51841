import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTINGS } from '@midonet/contract';
import { ArgumentError, FLAGS, HELP, readArguments } from './arguments.ts';

const storeOf = (...argv: string[]) => {
  const parsed = readArguments(argv, {});
  assert.ok(parsed !== 'help');
  return parsed.store;
};

test('the store is a folder, or etcd when it is named', () => {
  assert.deepEqual(storeOf('--state', '/s'), { kind: 'embedded', stateDir: '/s' });
  const store = storeOf('--etcd', 'http://a:2379,http://b:2379', '--etcd', 'http://[::1]:2379', '--etcd-prefix', '/x');
  assert.ok(store.kind === 'etcd');
  assert.deepEqual(store.options.urls, ['http://a:2379', 'http://b:2379', 'http://[::1]:2379']);
  assert.equal(store.options.prefix, '/x');
});

test('flags that miss their other half are told by name', () => {
  const wrong = (message: RegExp) => (error: unknown) => error instanceof ArgumentError && message.test(error.message);
  assert.throws(() => storeOf('--etcd-ca', 'ca.pem'), wrong(/--etcd-ca needs --etcd/));
  assert.throws(() => storeOf('--etcd', 'http://a:2379', '--etcd-user', 'u'), wrong(/--etcd-password-file/));
});

test('the table of settings has these flags and no others, and the help all of them', () => {
  const flags = Object.keys(FLAGS).filter((flag) => flag !== 'help');
  assert.deepEqual(SETTINGS.controller.map(({ flag }) => flag).sort(), flags.sort());
  for (const flag of flags) assert.ok(HELP.includes(`--${flag}`), flag);
  const parsed = readArguments([], { MIDONET_CONTROLLER_LISTEN: '[::1]:1', MIDONET_CONTROLLER_STATE: '/s' });
  assert.ok(parsed !== 'help');
  assert.deepEqual([parsed.listen, parsed.stateDir], [{ host: '::1', port: 1 }, '/s']);
  assert.throws(() => readArguments(['--config', '/nowhere'], {}), /cannot read \/nowhere/);
});

test('how far the history goes back is read, and bounded', () => {
  const kept = (...argv: string[]) => {
    const parsed = readArguments(argv, { MIDONET_CONTROLLER_HISTORY_TIME: '2w' });
    assert.ok(parsed !== 'help');
    return parsed.history;
  };
  assert.deepEqual(kept(), { revisions: undefined, ms: 1_209_600_000 });
  assert.deepEqual(kept('--history-revisions', '5000', '--history-time', '12h'), { revisions: 5000, ms: 43_200_000 });
  for (const wrong of ['999', '-1', '1e9', 'all']) {
    assert.throws(() => kept(`--history-revisions=${wrong}`), /--history-revisions must be a whole number from 1000/);
  }
  for (const wrong of ['59s', '0d', '12', 'week']) {
    assert.throws(() => kept(`--history-time=${wrong}`), /--history-time must be a duration of a minute or more/);
  }
});
