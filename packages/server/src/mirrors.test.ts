import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';

const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string): string => `application/vnd.org.midonet.${name}+json`;
type Json = Record<string, unknown>;

/** As MidoNet's clients go: from the root by links, vendor types, whole copies on PUT. */
test('a client walks from the root to mirrors by links, and attaches them in whole copies', async () => {
  await using h = await startHarness();
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
  const root = await get(h.controller.url, 'Application-v5');
  const bridge = await get(await send('POST', root['bridges'], 'Bridge-v5', { name: 'b' }), 'Bridge-v5');
  assert.deepEqual([bridge['inboundMirrorIds'], bridge['outboundMirrorIds']], [[], []]);
  const port = await get(await send('POST', bridge['ports'], 'Port-v3', { type: 'Bridge' }), 'Port-v3');
  const conditions = [{ nwProto: 17, tpDst: { start: 53, end: 53 } }, { dlType: 0x0806 }];
  const made = await send('POST', root['mirrors'], 'Mirror-v1', { toPortId: port['id'], conditions });
  const mirror = await get(made, 'Mirror-v1');
  assert.equal(mirror['uri'], String(root['mirrorTemplate']).replace('{id}', String(mirror['id'])));
  const shown = (mirror['conditions'] as Json[]).map(({ nwProto, tpDst, dlType, fragmentPolicy }) => {
    return { nwProto, tpDst, dlType, fragmentPolicy };
  });
  assert.deepEqual(shown, [
    { nwProto: 17, tpDst: { start: 53, end: 53 }, dlType: null, fragmentPolicy: 'header' },
    { nwProto: null, tpDst: null, dlType: 0x0806, fragmentPolicy: 'any' },
  ]);
  await send('PUT', bridge['uri'], 'Bridge-v5', { ...bridge, inboundMirrorIds: [mirror['id']] });
  await send('PUT', port['uri'], 'Port-v3', { ...port, postInFilterMirrorIds: [mirror['id']] });
  const attached = await get(mirror['uri'], 'Mirror-v1');
  assert.deepEqual([attached['networkInboundIds'], attached['networkOutboundIds']], [[bridge['id']], []]);
  assert.deepEqual([attached['portInboundIds'], attached['portPostInFilterIds']], [[], [port['id']]]);
  // A client writes back all it read.
  await send('PUT', mirror['uri'], 'Mirror-v1', attached);
  assert.deepEqual(await get(mirror['uri'], 'Mirror-v1'), attached);
  await send('PUT', bridge['uri'], 'Bridge-v5', { ...bridge, inboundMirrorIds: [] });
  assert.deepEqual((await get(mirror['uri'], 'Mirror-v1'))['networkInboundIds'], []);
  assert.equal((await rawRequest(String(port['uri']), 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await rawRequest(mirror['uri'], 'GET', AUTH, '{}')).status, 404, 'it goes with its port');
});

test('what is wrong with a condition is named by its place', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: { name: 'b' } });
  const port = await h.client.bridges.createPort({ id, body: {} });
  const body = { toPortId: port.id, conditions: [{}, { nwProto: 6, noVlan: true, vlan: 5 }] };
  await assert.rejects(h.client.mirrors.create({ body }), /conditions\.1\.vlan/);
  const both = { toPortId: port.id, conditions: [{ matchForwardFlow: true, matchReturnFlow: true }] };
  await assert.rejects(h.client.mirrors.create({ body: both }), /conditions\.0\.matchForwardFlow/);
});
