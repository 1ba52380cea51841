import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Shop, TOKEN } from './shop.ts';

const limit = { timeout: 240_000 };
const MAIN = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));

/** `midonet` with a pipe for its output whose other end was closed before it began. */
const UNREAD = `
{ until [ -e "$GONE" ]; do sleep 0.05; done; exec "$@"; } | { exec 0<&-; : > "$GONE"; }
exit "\${PIPESTATUS[0]}"
`;

type Ended = { readonly code: number | null; readonly err: string };

/** The real program, a process of its own, run by a shell's script. */
async function unread(shop: Shop, words: readonly string[], script = UNREAD): Promise<Ended> {
  const gone = join(shop.folder, `gone-${words.join('-').replaceAll('/', '')}`);
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, MAIN, ...words], {
    env: { ...process.env, HOME: shop.folder, MIDONET_URL: shop.url, MIDONET_TOKEN: TOKEN, GONE: gone },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [err, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, err };
}

const bridges = (count: number): string =>
  `bridges:\n${Array.from({ length: count }, (_, n) => `  net${n}: { ports: { a: {}, b: {} } }\n`).join('')}`;

test('an apply whose output nobody reads is done to its end', limit, async () => {
  await using shop = await Shop.open();
  const file = shop.file(bridges(20));
  assert.deepEqual(await unread(shop, ['apply', '-f', file]), { code: 0, err: '' });
  assert.equal((await shop.client.bridges.list()).length, 20);
  assert.equal((await shop.client.ports.list()).length, 40);
  const head = 'set -o pipefail; "$@" | head -n 1';
  assert.deepEqual(await unread(shop, ['apply', '-f', shop.file(bridges(40))], head), { code: 0, err: '' });
  assert.match((await shop.run('diff', '-f', shop.file(bridges(40)))).out, /nothing to change/);
});

test('what fails unread says so and has its own exit code', limit, async () => {
  await using shop = await Shop.open();
  const file = shop.file(`${bridges(2)}chains: { a: [{ jump: b }], b: [{ jump: a }] }`);
  const { code, err } = await unread(shop, ['apply', '-f', file]);
  assert.equal(code, 7, err);
  assert.match(err, /^midonet: [^\n]*apply again when it is mended\n$/);
});

test('what is read by nobody ends quietly', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(bridges(3));
  for (const words of [['list', 'bridges'], ['list', 'ports', '--json'], ['export'], ['status'], ['--help']]) {
    assert.deepEqual(await unread(shop, words), { code: 0, err: '' }, words.join(' '));
  }
});

test('a watch ends with its reader', limit, async () => {
  await using shop = await Shop.open();
  const state = { over: false };
  const watch = unread(shop, ['watch', 'bridge']).finally(() => (state.over = true));
  const ended = (): boolean => state.over;
  while (!ended()) {
    await shop.client.bridges.create({ body: {} });
    await delay(200);
  }
  assert.deepEqual(await watch, { code: 0, err: 'watching bridge\n' });
});

test('output that could not be written is a failure', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(bridges(1));
  const full = 'exec "$@" > /dev/full';
  for (const words of [['export'], ['apply', '-f', shop.file(bridges(2))]]) {
    const { code, err } = await unread(shop, words, full);
    assert.equal(code, 1, err);
    assert.match(err, /^midonet: it is done, but what it printed could not be written: ENOSPC[^\n]*\n$/);
  }
  assert.equal((await shop.client.bridges.list()).length, 2);
});
