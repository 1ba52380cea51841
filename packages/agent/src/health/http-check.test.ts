import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp, type IpAddress } from '@midonet/packet';
import type { HealthMonitorId } from '@midonet/topology';
import { httpRequest, judgeHttp, type HttpMonitor } from './http-check.ts';

const monitor = (path: string): HttpMonitor => ({
  ...{ kind: 'healthMonitor', id: 'm' as HealthMonitorId, tenantId: '', adminStateUp: true },
  ...{ delay: 1, timeout: 1, maxRetries: 1, type: 'http', path },
  expectedCodes: [
    { start: 200, end: 200 },
    { start: 301, end: 302 },
  ],
});

function request(path: string, address: string): string {
  const ip: IpAddress = parseIp(address) ?? assert.fail();
  return httpRequest(monitor(path), { address: ip, port: 8080 }).toString('latin1');
}

test('the request names the path and the member', () => {
  assert.match(request('/ok?x=1', '10.0.0.2'), /^GET \/ok\?x=1 HTTP\/1\.1\r\nHost: 10\.0\.0\.2:8080\r\n[^]*\r\n\r\n$/);
  assert.match(request('/', '2001:db8::1'), /\r\nHost: \[2001:db8::1\]:8080\r\n/);
});

test('a path cannot bring lines of its own', () => {
  const text = request('/a b\r\nHost: evil\u00e9', '10.0.0.2');
  assert.match(text, /^GET \/a%20b%0D%0AHost:%20evil%C3%A9 HTTP\/1\.1\r\n/);
  assert.equal(text.split('\r\n').length, request('/', '10.0.0.2').split('\r\n').length);
});

test('an answer is judged as soon as its status is known', () => {
  const judge = (text: string) => judgeHttp(monitor('/'), text);
  for (const text of ['', 'HT', 'HTTP/1.1 20']) assert.equal(judge(text), undefined, text);
  for (const text of ['HTTP/1.1 200 OK', 'HTTP/1.0 302 Found\r\n']) assert.equal(judge(text), 'passed', text);
  for (const text of ['HTTP/1.1 303 See', 'HTTP/1.1 500 No\r\n']) assert.equal(judge(text), 'status', text);
  for (const text of ['SSH-2.0-x', 'SSH-2.0-OpenSSH_9', 'HTTP/1.1 2x0 OK']) assert.equal(judge(text), 'notHttp', text);
});
