import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsError, withSettings } from './settings.ts';

const FILE = `
# where to answer
listen = 192.0.2.1:8181
etcd = http://a:2379
etcd = http://b:2379
log-level = warn
`;

const controller = (argv: string[], environment: Record<string, string> = {}, file = FILE): string[] =>
  withSettings('controller', argv, environment, (path) => {
    if (path !== '/c') throw new Error('ENOENT');
    return file;
  });

test('flags go before the environment, the environment before the file, lists whole', () => {
  assert.deepEqual(controller(['--config', '/c']), [
    ...['--listen=192.0.2.1:8181', '--etcd=http://a:2379', '--etcd=http://b:2379', '--log-level=warn'],
  ]);
  const environment = {
    MIDONET_CONTROLLER_ETCD: 'http://c:2379, http://d:2379',
    MIDONET_CONTROLLER_LOG_LEVEL: 'debug',
  };
  assert.deepEqual(controller(['--config=/c', '--log-level', 'error'], environment), [
    ...['--listen=192.0.2.1:8181', '--etcd=http://c:2379', '--etcd=http://d:2379', '--log-level', 'error'],
  ]);
  assert.deepEqual(controller([], { MIDONET_CONFIG: '/c' }).length, 4);
  assert.deepEqual(controller(['--help']), ['--help']);
});

test('a secret in the environment goes before the file', () => {
  const agent = (environment: Record<string, string>): string[] =>
    withSettings('agent', ['--config', '/a'], environment, () => 'token = from-file\nname = hv1\n');
  assert.deepEqual(agent({}), ['--name=hv1', '--token=from-file']);
  assert.deepEqual(agent({ MIDONET_TOKEN: 'x' }), ['--name=hv1']);
});

test('mistakes name file and line', () => {
  const wrong: readonly (readonly [string[], string, RegExp])[] = [
    [['--config', '/c'], 'listen 1', /^\/c:1: must be "name = value"$/],
    [['--config', '/c'], '\nlisen = x', /^\/c:2: there is no setting "lisen"; there is listen, state/],
    [['--config', '/c'], 'auth = none\nauth = token', /^\/c:2: auth is given twice$/],
    [['--config', '/d'], '', /^cannot read \/d: ENOENT$/],
    [['--config'], '', /^--config needs a file$/],
  ];
  for (const [argv, file, says] of wrong) {
    assert.throws(
      () => controller(argv, {}, file),
      (error) => error instanceof SettingsError && says.test(error.message),
    );
  }
});
