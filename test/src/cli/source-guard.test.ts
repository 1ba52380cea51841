import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };
const MAC = '02:00:00:00:00:01';

const text = (allowed: string): string => `bridges: { red: { ports: { web: { ${allowed} }, db: {} } } }\n`;

test('who may send through a port, by apply and by update', limit, async () => {
  await using shop = await Shop.open();
  const apply = (allowed: string) => shop.run('apply', '-f', shop.file(text(allowed)));
  const shown = async (): Promise<string | undefined> =>
    /^allowed +(.*)$/m.exec((await shop.run('show', 'port', 'web')).out)?.[1];
  const own = `allowed: ['${MAC}=10.1.0.10', '${MAC}=fd00:1::/64']`;
  assert.equal((await apply(own)).code, 0);
  assert.equal(await shown(), `${MAC}=10.1.0.10/32 ${MAC}=fd00:1::/64`);
  assert.equal((await apply(own)).out, 'nothing to change\n');
  assert.equal((await apply('up: true')).out, 'nothing to change\n', 'what a file does not name stays');
  const changed = await apply(`allowed: '${MAC}'`);
  assert.match(changed.out, /allowed: .*10\.1\.0\.10\/32.* → 02:00:00:00:00:01/, changed.err);
  assert.equal((await apply('allowed: none')).code, 0);
  assert.equal(await shown(), undefined);
  const update = await shop.run('update', 'port', 'web', '--allow', `${MAC}=10.1.0.10`, '02:00:00:00:00:02');
  assert.equal(update.code, 0, update.err);
  assert.equal(await shown(), `${MAC}=10.1.0.10/32 02:00:00:00:00:02`);
  assert.equal((await shop.run('update', 'port', 'web', '--allow', 'none')).code, 0);
  assert.equal(await shown(), undefined);
  const wrong = await shop.run('update', 'port', 'web', '--allow', '10.1.0.10');
  assert.match(wrong.err, /--allow: "10\.1\.0\.10" is not MAC/);
  assert.match(
    (await apply('allowed: [10.1.0.10]')).err,
    /net\.yaml:1: .*allowed must be MAC, MAC=ADDRESS or MAC=PREFIX/,
  );
});

test('trace names why a spoofed packet ends, and at which port', limit, async () => {
  await using shop = await Shop.open();
  assert.equal((await shop.run('apply', '-f', shop.file(text(`allowed: ['${MAC}=10.1.0.10']`)))).code, 0);
  const trace = (from: string) =>
    shop.run(
      ...['trace', '--from-port', 'web', '--src-mac', MAC, '--dst-mac', '02:00:00:00:00:02'],
      ...['--udp', `${from}:5000,10.1.0.11:53`],
    );
  const spoofed = await trace('10.1.0.66');
  assert.match(spoofed.out, /spoofedAddress/, spoofed.err);
  const honest = await trace('10.1.0.10');
  assert.match(honest.out, /noOtherPort/, honest.err);
});
