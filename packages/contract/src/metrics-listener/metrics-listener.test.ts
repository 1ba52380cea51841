import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import { listenAddress } from '../listen-address.ts';
import { startMetricsListener } from './metrics-listener.ts';

test('metrics, health and readiness are answered, and nothing else', { timeout: 60_000 }, async () => {
  let why: string | undefined = 'no controller answers';
  const listener = await startMetricsListener(
    { host: '127.0.0.1', port: 0 },
    { contentType: 'text/plain; version=0.0.4', render: async () => 'a 1\n', unready: async () => why },
  );
  try {
    const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
      const response = await fetch(new URL(path, listener.url), { method });
      return [response.status, await response.text()];
    };
    assert.deepEqual(await ask('/metrics'), [200, 'a 1\n']);
    assert.equal((await fetch(listener.url)).headers.get('content-type'), 'text/plain; version=0.0.4');
    assert.deepEqual(await ask('/healthz'), [200, 'ok\n']);
    assert.deepEqual(await ask('/readyz'), [503, 'no controller answers\n']);
    why = undefined;
    assert.deepEqual(await ask('/readyz'), [200, 'ok\n']);
    assert.equal((await ask('/status'))[0], 404);
    assert.equal((await ask('/metrics', 'POST'))[0], 404);
    const [, port] = /:(\d+)\//.exec(listener.url) ?? [];
    await assert.rejects(
      startMetricsListener({ host: '127.0.0.1', port: Number(port) }, { ...NOTHING }),
      /--metrics: cannot listen at 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    );
    const silent = createConnection({ host: '127.0.0.1', port: Number(port) });
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    silent.on('error', () => undefined);
    listener.close();
    await closed;
  } finally {
    listener.close();
  }
});

const NOTHING = { contentType: 'text/plain', render: async () => '', unready: async () => undefined };

test('an address to listen at is ADDR:PORT', () => {
  assert.deepEqual(listenAddress('192.0.2.1:8182'), { host: '192.0.2.1', port: 8182 });
  assert.deepEqual(listenAddress('[2001:db8::1]:1'), { host: '2001:db8::1', port: 1 });
  assert.deepEqual(listenAddress(':8182'), { host: '::', port: 8182 });
  for (const bad of ['8182', '192.0.2.1', '2001:db8::1:8182x', 'a:65536', '']) {
    assert.equal(listenAddress(bad), undefined, bad);
  }
});
