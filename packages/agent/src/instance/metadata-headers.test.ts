import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { answerHeaders, requestHeaders } from './metadata-headers.ts';

const ASKER = { instanceId: 'i-1', tenantId: 't-1', address: '10.0.0.10' };

test('who asks comes from the port alone, signed', () => {
  const forged = {
    'x-instance-id': 'i-2',
    'x-tenant-id': 't-2',
    'x-forwarded-for': '10.9.9.9',
    'x-instance-id-signature': 'guess',
    'x-metadata-provider': 'me',
    forwarded: 'for=10.9.9.9',
    host: 'elsewhere',
    connection: 'upgrade',
    cookie: 'a=b',
  };
  assert.deepEqual(requestHeaders(forged, ASKER, 'secret'), {
    'x-instance-id': 'i-1',
    'x-tenant-id': 't-1',
    'x-forwarded-for': '10.0.0.10',
    'x-instance-id-signature': createHmac('sha256', 'secret').update('i-1').digest('hex'),
  });
});

test('what asks for a form of the answer goes on', () => {
  const headers = requestHeaders({ accept: 'application/json', 'metadata-flavor': 'Google' }, ASKER, 'secret');
  assert.equal(headers['accept'], 'application/json');
  assert.equal(headers['metadata-flavor'], 'Google');
});

test('of an answer what concerns one connection stays behind', () => {
  const given = {
    'content-type': 'text/plain',
    connection: 'close, x-hop',
    'x-hop': '1',
    'transfer-encoding': 'chunked',
  };
  assert.deepEqual(answerHeaders(given), { 'content-type': 'text/plain' });
});
