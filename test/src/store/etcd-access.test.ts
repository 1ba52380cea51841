import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { StoreError, type Revision } from '@midonet/store';
import { openEtcdStore, type EtcdStoreOptions } from '@midonet/store/etcd';
import { EtcdCluster, Recorder } from '@midonet/store/testing';
import { makeCertificates } from './certificates.ts';
import { put } from './writers.ts';

const limit = { timeout: 30_000 };
const folder = mkdtempSync(join(tmpdir(), 'midonet-access-'));
const files = makeCertificates(folder);
const server = { ca: files.ca, cert: files.serverCert, key: files.serverKey };
const cluster = await EtcdCluster.start(1, { tls: server });
const tls = { caFile: files.ca, certFile: files.clientCert, keyFile: files.clientKey };
const secret = join(folder, 'secret');
writeFileSync(secret, 'correct horse\n', { mode: 0o600 });

after(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const open = (options: Partial<EtcdStoreOptions> = {}) =>
  openEtcdStore({ urls: cluster.urls, tls, prefix: '/secure', operationMs: 3000, ...options });

async function etcdctl(...args: string[]): Promise<void> {
  const access = ['--cacert', files.ca, '--cert', files.clientCert, '--key', files.clientKey];
  const whole = ['--endpoints', cluster.urls.join(','), ...access, ...args];
  await promisify(execFile)('etcdctl', whole, { env: { ETCDCTL_API: '3' } });
}

const refused = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

test('over TLS with a client certificate; without one, or trusting somebody else, nothing is said', limit, async () => {
  const store = await open();
  assert.equal(await put(store, 'a'), 1);
  await store.close();
  await assert.rejects(open({ tls: { caFile: files.ca }, operationMs: 800 }), refused('unavailable', /127\.0\.0\.1/));
  await assert.rejects(
    open({ tls: { ...tls, caFile: undefined }, operationMs: 800 }),
    refused('unavailable', /certificate/),
  );
});

test('options that cannot be are told by name', limit, async () => {
  const [url = ''] = cluster.urls;
  const cases: readonly [Partial<EtcdStoreOptions>, RegExp][] = [
    [{ tls: { caFile: files.ca, certFile: files.clientCert } }, /its key/],
    [{ tls: { caFile: join(folder, 'none') } }, /none/],
    [{ urls: ['http://127.0.0.1:1'] }, /https/],
    [{ urls: [url, 'http://127.0.0.1:1'] }, /all be https or all http/],
    [{ urls: ['127.0.0.1:2379'] }, /no URL/],
    [{ urls: ['https://user:secret@127.0.0.1:2379'] }, /carries no user/],
    [{ urls: [] }, /at least one/],
    [{ prefix: '/' }, /prefix/],
    [{ login: { user: 'x', passwordFile: '/dev/null' } }, /no password/],
  ];
  for (const [options, pattern] of cases) await assert.rejects(open(options), refused('invalid', pattern));
});

test(
  "with etcd's users: the right one may, others are told why, and a login that is forgotten is made anew",
  limit,
  async () => {
    await etcdctl('user', 'add', 'root:boss');
    await etcdctl('user', 'grant-role', 'root', 'root');
    await etcdctl('role', 'add', 'network');
    await etcdctl('role', 'grant-permission', '--prefix=true', 'network', 'readwrite', '/secure/');
    await etcdctl('user', 'add', 'midonet:correct horse');
    await etcdctl('user', 'grant-role', 'midonet', 'network');
    await etcdctl('user', 'add', 'nobody:correct horse');
    await etcdctl('auth', 'enable');
    const login = { user: 'midonet', passwordFile: secret };
    const store = await open({ login });
    const watched = new Recorder();
    await store.watch('', 1 as Revision, watched);
    await put(store, 'b');
    await watched.until(({ events }) => events.length === 1);

    await cluster.kill(0); // etcd keeps its tokens in memory
    cluster.run(0);
    const other = await open({ login });
    await put(other, 'c');
    await watched.until(({ events }) => events.length === 2);
    assert.equal(await put(store, 'd'), 4);

    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'donkey\n', { mode: 0o600 });
    await assert.rejects(
      open({ login: { user: 'midonet', passwordFile: wrong } }),
      refused('unavailable', /--etcd-user/),
    );
    await assert.rejects(open({ login: { ...login, user: 'nobody' } }), refused('unavailable', /readwrite/));
    await assert.rejects(open({ login, prefix: '/elsewhere' }), refused('unavailable', /readwrite/));
    await assert.rejects(open(), refused('unavailable', /etcd at/));
    await Promise.all([store.close(), other.close()]);
  },
);
