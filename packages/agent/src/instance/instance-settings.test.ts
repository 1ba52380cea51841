import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { instanceSettings, wrongInstanceArgument } from './instance-settings.ts';

const NONE = { metadataUrl: undefined, metadataSecretFile: undefined, dnsResolvers: [] };

test('resolvers may have a port', () => {
  const dnsResolvers = ['192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:db8::53]:5353'];
  assert.deepEqual(
    instanceSettings({ ...NONE, dnsResolvers }).resolvers.map(({ address, port }) => `${address} ${port}`),
    ['192.0.2.53 53', '192.0.2.53 5353', '2001:db8::53 53', '2001:db8::53 5353'],
  );
});

for (const [given, said] of [
  [{ dnsResolvers: ['names.example'] }, /--dns-resolver: 'names.example' is no address/],
  [{ dnsResolvers: ['192.0.2.53:0'] }, /--dns-resolver/],
  [{ metadataUrl: 'http://192.0.2.1' }, /go together/],
  [{ metadataUrl: 'ftp://192.0.2.1', metadataSecretFile: 'x' }, /--metadata-url: .* is no http/],
] as const) {
  test(`${JSON.stringify(given)} is refused`, () => {
    assert.match(wrongInstanceArgument({ ...NONE, ...given }) ?? '', said);
  });
}

test('a secret that others may read is none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'secret-'));
  try {
    const metadataSecretFile = join(dir, 'secret');
    writeFileSync(metadataSecretFile, 'both know it\n');
    const given = { ...NONE, metadataUrl: 'http://192.0.2.1:8775', metadataSecretFile };
    chmodSync(metadataSecretFile, 0o640);
    assert.throws(() => instanceSettings(given), /chmod 600/);
    chmodSync(metadataSecretFile, 0o600);
    assert.equal(instanceSettings(given).metadata?.secret, 'both know it');
    writeFileSync(metadataSecretFile, '\n');
    assert.throws(() => instanceSettings(given), /is empty/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
