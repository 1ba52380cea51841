import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Shop } from './shop.ts';

let shop: Shop;
before(async () => {
  shop = await Shop.open();
  await shop.run('create', 'bridge', 'red');
  await shop.run('create', 'router', 'edge');
});
after(() => shop[Symbol.asyncDispose]());

/** One line that says what is wrong and what to do, nothing on standard output, the right exit code. */
async function fails(code: number, said: RegExp, ...words: string[]): Promise<void> {
  const { code: got, out, err } = await shop.run(...words);
  assert.match(err, said);
  assert.match(err, /^midonet: [^\n]+\n$/, 'one line');
  assert.deepEqual([got, out], [code, '']);
}

test('a wrong token', () =>
  fails(5, /token.* give the controller's token by --token or MIDONET_TOKEN/, 'status', '--token', 'wrong'));

test('no token at all', async () => {
  const { code, err } = await shop.runWith({ MIDONET_URL: shop.url, MIDONET_TOKEN: '' }, 'status');
  assert.equal(code, 5);
  assert.match(err, /^midonet: .*MIDONET_TOKEN.*\n$/);
});

test('no controller there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  await fails(
    6,
    /is it running\? \(midonet controller, or --url for another one\)/,
    'status',
    '--url',
    `http://127.0.0.1:${address.port}`,
  );
});

test('a URL that is none', () => fails(2, /"nonsense" is no URL; write it like http:/, 'status', '--url', 'nonsense'));

test('an object that is not there', () => fails(4, /no bridge "rde"; there is red/, 'show', 'bridge', 'rde'));

test('a bad address', () =>
  fails(
    2,
    /--address: "10.0.0.1\/99" is no prefix; write it like/,
    'create',
    'port',
    '--router',
    'edge',
    '--address',
    '10.0.0.1/99',
  ));

test('an option that is missing', () =>
  fails(2, /--port is required/, 'create', 'route', '--router', 'edge', '--to', '0.0.0.0/0'));

test('an option that is not there', () =>
  fails(2, /unknown option '--tennant'.*Did you mean --tenant/s, 'create', 'bridge', 'x', '--tennant', 'a'));

test('a command that is not there', () => fails(2, /unknown command 'stauts'.*Did you mean status/s, 'stauts'));

test('a word that is missing', () => fails(2, /missing required argument 'bridge'/, 'show', 'bridge'));

test('a file that is not there', () =>
  fails(2, /cannot read .*nowhere\.yaml/, 'apply', '-f', `${shop.folder}/nowhere.yaml`));

test('a file with a mistake', () =>
  fails(2, /net\.yaml:1: the file has no field "bridgez"; there is/, 'apply', '-f', shop.file('bridgez: {}\n')));

test('a host that no agent has registered', () =>
  fails(
    1,
    /there is no host hv9 yet.*Start its agent first/,
    'apply',
    '-f',
    shop.file('tunnelZones: { u: { hosts: { hv9: 192.0.2.1 } } }\n'),
  ));

test('what the controller refuses', () =>
  fails(
    2,
    /^midonet: .*mac/i,
    'create',
    'port',
    '--router',
    'edge',
    '--address',
    '10.0.0.1/24',
    '--mac',
    '01:00:5e:00:00:01',
  ));

test('a connection file that is no JSON', async () => {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  mkdirSync(`${shop.folder}/.config/midonet`, { recursive: true });
  const path = `${shop.folder}/.config/midonet/connection.json`;
  writeFileSync(path, 'x');
  chmodSync(path, 0o600);
  await fails(2, /connection\.json is not JSON; correct it or delete it/, 'status');
});
