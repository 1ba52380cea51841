import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';

const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string): string => `application/vnd.org.midonet.${name}-v1+json`;
type Json = Record<string, unknown>;

test('loggers in MidoNet media types: whole copies come back, the resource switches them, and both ends take them along', async () => {
  await using h = await startHarness();
  const { url } = h.controller;
  const send = async (method: string, uri: unknown, type: string, body: object): Promise<string> => {
    const got = await rawRequest(String(uri), method, { ...AUTH, 'content-type': vendor(type) }, JSON.stringify(body));
    assert.ok(got.status < 300, got.text);
    return String(got.headers['location']);
  };
  const get = async (uri: unknown, type: string): Promise<Json> => {
    const got = await rawRequest(String(uri), 'GET', { ...AUTH, accept: vendor(type) }, '{}');
    assert.equal(got.headers['content-type'], vendor(type), got.text);
    return JSON.parse(got.text) as Json;
  };
  const chain = await h.client.chains.create({ body: { name: 'c', ruleLogEvent: 'ACCEPT' } });
  const resource = await get(
    await send('POST', `${url}/logging_resources`, 'LoggingResource', { type: 'FILE' }),
    'LoggingResource',
  );
  const body = { loggingResourceId: resource['id'], chainId: chain.id, event: 'DROP' };
  const logger = await get(await send('POST', `${url}/rule_loggers`, 'RuleLogger', body), 'RuleLogger');
  assert.deepEqual({ ...logger, ...body, chain: chain.uri, loggingResource: resource['uri'] }, logger);
  await send('PUT', logger['uri'], 'RuleLogger', { ...logger, event: 'ALL' });
  assert.deepEqual(await get(logger['uri'], 'RuleLogger'), { ...logger, event: 'ALL' });
  const stored = async (): Promise<Json> => JSON.parse((await h.store.get(`chain/${chain.id}`))?.value ?? '') as Json;
  assert.deepEqual((await stored())['loggers'], [{ id: logger['id'], event: 'all' }]);
  // Somebody who changes the chain says nothing of its loggers, nor of its own log.
  await h.client.chains.update({ id: chain.id, body: { name: 'renamed' } });
  assert.deepEqual(
    [(await stored())['loggers'], (await stored())['log']],
    [[{ id: logger['id'], event: 'all' }], 'accept'],
  );
  await send('PUT', resource['uri'], 'LoggingResource', { ...resource, enabled: false });
  assert.equal((await stored())['loggers'], undefined);
  await send('PUT', resource['uri'], 'LoggingResource', { ...resource, enabled: true });
  assert.equal((await rawRequest(String(resource['uri']), 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await rawRequest(String(logger['uri']), 'GET', AUTH, '{}')).status, 404);
  assert.equal((await stored())['loggers'], undefined);
});

test('what cannot be is refused by name', async () => {
  await using h = await startHarness();
  const { client } = h;
  const chain = await client.chains.create({ body: { name: 'c' } });
  const resource = await client.loggingResources.create({ body: {} });
  const body = { loggingResourceId: resource.id, chainId: chain.id };
  await assert.rejects(client.loggingResources.create({ body: { type: 'SYSLOG' } }), /type.*must be FILE/);
  await assert.rejects(client.ruleLoggers.create({ body: { ...body, event: 'SOME' } }), /event.*ACCEPT, DROP, ALL/);
  await assert.rejects(client.ruleLoggers.create({ body: { ...body, chainId: resource.id } }), /no chain/);
  await assert.rejects(
    client.ruleLoggers.create({ body: { ...body, loggingResourceId: chain.id } }),
    /no logging resource/,
  );
  const { id } = await client.ruleLoggers.create({ body });
  await assert.rejects(client.ruleLoggers.update({ id, body: { chainId: resource.id } }), /chainId.*cannot be changed/);
  await client.chains.remove({ id: chain.id });
  assert.deepEqual(await client.ruleLoggers.list(), []);
});
