import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Client } from '@midonet/contract';
import { encodeRow, type HostId, type PortId, type SharedRow, type TraceRequestId } from '@midonet/topology';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { WatchClient } from '../testing/watch-client.ts';

const AUTH = { 'x-auth-token': TOKEN };
const TYPE = 'application/vnd.org.midonet.TraceRequest-v1+json';
type Json = Record<string, unknown>;

/** As MidoNet's clients go: from the root by links, vendor types, whole copies on PUT. */
test('a client walks from the root to trace requests by links, and enables them in whole copies', async () => {
  await using h = await startHarness();
  const root = JSON.parse((await rawRequest(h.controller.url, 'GET', AUTH, '{}')).text) as Json;
  const bridge = await h.client.bridges.create({ body: { name: 'b' } });
  const body = {
    name: 'ssh',
    deviceType: 'BRIDGE',
    deviceId: bridge.id,
    condition: { nwProto: 6, tpDst: { start: 22, end: 22 } },
    limit: Number.MAX_SAFE_INTEGER * 1024,
  };
  const headers = { ...AUTH, 'content-type': TYPE };
  const made = await rawRequest(String(root['traceRequests']), 'POST', headers, JSON.stringify(body));
  assert.equal(made.status, 201, made.text);
  const uri = String(made.headers['location']);
  const read = async (): Promise<Json> => {
    const got = await rawRequest(uri, 'GET', { ...AUTH, accept: TYPE, 'content-type': TYPE }, '{}');
    assert.equal(got.headers['content-type'], TYPE);
    return JSON.parse(got.text) as Json;
  };
  const request = await read();
  assert.equal(request['uri'], String(root['traceRequestTemplate']).replace('{id}', String(request['id'])));
  assert.deepEqual(
    ['name', 'deviceType', 'deviceId', 'limit', 'enabled', 'enabledUntilMs'].map((name) => request[name]),
    ['ssh', 'BRIDGE', bridge.id, 1000, false, null],
  );
  assert.deepEqual((request['condition'] as Json)['tpDst'], { start: 22, end: 22 });
  const before = Date.now();
  const put = await rawRequest(uri, 'PUT', headers, JSON.stringify({ ...request, enabled: true }));
  assert.ok(put.status < 300, put.text);
  const enabled = await read();
  assert.ok(Number(enabled['enabledUntilMs']) >= before + 3_600_000);
  assert.deepEqual({ ...enabled, enabled: false, enabledUntilMs: null }, request);
  assert.deepEqual((await h.client.bridges.get({ id: bridge.id })).traceRequestIds, [request['id']]);
  assert.equal((await rawRequest(uri, 'DELETE', AUTH, '{}')).status, 204);
  assert.equal((await rawRequest(uri, 'GET', AUTH, '{}')).status, 404);
});

test('what cannot be is refused by name', async () => {
  await using h = await startHarness();
  const { client } = h;
  const router = await client.routers.create({ body: { name: 'r' } });
  const group = await client.portGroups.create({ body: { name: 'g' } });
  const on = { deviceType: 'router', deviceId: router.id };
  const refused = (body: object, what: RegExp): Promise<void> =>
    assert.rejects(client.traceRequests.create({ body }), what);
  await refused({ deviceId: router.id }, /deviceType.*PORT, BRIDGE, ROUTER/);
  await refused({ deviceType: 'CHAIN', deviceId: router.id }, /deviceType/);
  await refused({ deviceType: 'ROUTER' }, /deviceId.*required/);
  await refused({ deviceType: 'BRIDGE', deviceId: router.id }, /no bridge/);
  await refused({ deviceType: 'PORT', deviceId: router.id }, /no port/);
  await refused({ ...on, limit: 0 }, /limit/);
  await refused({ ...on, condition: { matchForwardFlow: true } }, /condition\.matchForwardFlow.*both directions/);
  await refused({ ...on, condition: { noVlan: true, vlan: 5 } }, /condition\.vlan/);
  await refused({ ...on, condition: { inPortGroup: router.id } }, /condition\.inPortGroup.*no portGroup/);
  const made = await client.traceRequests.create({ body: { ...on, condition: { inPortGroup: group.id } } });
  await assert.rejects(client.portGroups.remove({ id: group.id }), /trace request .* asks about this group/);
  const bridge = await client.bridges.create({ body: { name: 'b' } });
  const moved = { deviceType: 'BRIDGE', deviceId: bridge.id };
  await assert.rejects(client.traceRequests.update({ id: made.id, body: moved }), /deviceType.*cannot be changed/);
  for (let i = 1; i < 8; i++) await client.traceRequests.create({ body: on });
  await refused(on, /has 8 trace requests/);
  await client.routers.remove({ id: router.id });
  assert.deepEqual(await client.traceRequests.list(), [], 'they go with their router');
});

async function memberOf(h: Harness, tenantId: string): Promise<Client> {
  const name = `of-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role: 'member', tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user: name } });
  return createClient({ baseUrl: h.controller.url, token });
}

test('what hosts wrote down is one account; a tenant sees its own part of it, and hosts without their names', async () => {
  await using h = await startHarness();
  const own = await h.client.bridges.create({ body: { name: 'own', tenantId: 'acme' } });
  const other = await h.client.routers.create({ body: { name: 'edge' } });
  const [a, b] = [
    await h.client.bridges.createPort({ id: own.id, body: {} }),
    await h.client.bridges.createPort({ id: own.id, body: {} }),
  ];
  const tenant = await memberOf(h, 'acme');
  const request = await tenant.traceRequests.create({ body: { deviceType: 'PORT', deviceId: a.id, enabled: true } });
  const [requestId, portId, outId] = [request.id as TraceRequestId, a.id as PortId, b.id as PortId];
  const hosts = [1, 2].map((n) => `99999999-9999-4999-8999-99999999999${n}` as HostId) as [HostId, HostId];
  const [first, second] = hosts;
  const step = (kind: string, id: string) => ({
    at: { kind, id },
    action: { kind: 'learn', detail: kind },
    packet: 'p',
  });
  const steps = [step('bridge', own.id), step('router', other.id), step('chain', other.id), step('packet', '')];
  const packet = (slot: number, at: number, identity: string): SharedRow => ({
    ...{
      kind: 'tracedPacket',
      requestId,
      hostId: first,
      slot,
      at,
      way: 'forward',
      flow: 'f',
      portId,
      packet: `p${slot}`,
    },
    ...{ verdict: 'forward', reason: '', sent: [{ portId: outId, identity }], steps: JSON.stringify(steps), cut: 0 },
  });
  const arrival = (slot: number, at: number, identity: string): SharedRow => ({
    ...{ kind: 'traceArrival', hostId: second, slot, at, portId: outId, identity, packet: `came ${at}` },
  });
  const agents: WatchClient[] = [];
  for (const [n, rows] of [
    [packet(0, 5000, 'x'), packet(1, 1000, 'x'), packet(2, 9000, 'lost')],
    [
      { kind: 'portActive', portId: outId, hostId: second, tunnelKey: 5 } satisfies SharedRow,
      ...[arrival(0, 4900, 'x'), arrival(1, 1001, 'x'), arrival(2, 9000, 'y'), arrival(3, 900_000, 'lost')],
    ],
  ].entries()) {
    const agent = await WatchClient.connect(h.controller.url);
    agents.push(agent);
    await agent.hello({ id: hosts[n] ?? '', name: `hv${n + 1}` });
    agent.send({ op: 'rows', id: 1, puts: rows.map(encodeRow), deletes: [] });
    await agent.next('ack');
  }
  const all = await h.client.traceRequests.packets({ id: request.id });
  assert.deepEqual(
    all.map((one) => [one.at, one.host, one.arrivals.map(({ host, at }) => `${host} ${at}`)]),
    [
      [1000, 'hv1', ['hv2 1001']],
      [5000, 'hv1', ['hv2 4900']],
      [9000, 'hv1', []],
    ],
  );
  assert.deepEqual(
    all[0]?.steps.map(({ at }) => at.kind),
    ['bridge', 'router', 'chain', 'packet'],
  );
  const [mine] = await tenant.traceRequests.packets({ id: request.id });
  assert.deepEqual(
    mine?.steps.map(({ at, action }) => `${at.kind} ${action.kind}`),
    ['bridge learn', 'packet hidden', 'packet learn'],
  );
  assert.deepEqual([mine.host, mine.arrivals[0]?.host], ['host 1', 'host 2']);
  const stranger = await memberOf(h, 'umbrella');
  await assert.rejects(stranger.traceRequests.packets({ id: request.id }), /no trace request/);
  await tenant.traceRequests.remove({ id: request.id });
  assert.deepEqual((await h.store.list('tracedPacket/')).entries, []);
  for (const agent of agents) await agent.close();
});

test('a tenant has only so many', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const tenant = await memberOf(h, 'acme');
  for (let n = 0; n < 32; n++) {
    const bridge = n % 8 === 0 ? await tenant.bridges.create({ body: { name: `b${n}` } }) : undefined;
    const all = bridge === undefined ? await tenant.bridges.list() : [];
    const deviceId = bridge?.id ?? all.find(({ name }) => name === `b${n - (n % 8)}`)?.id ?? '';
    await tenant.traceRequests.create({ body: { deviceType: 'BRIDGE', deviceId } });
  }
  const more = await tenant.bridges.create({ body: { name: 'more' } });
  const body = { deviceType: 'BRIDGE', deviceId: more.id };
  await assert.rejects(tenant.traceRequests.create({ body }), /32 trace requests at most/);
  assert.equal((await h.client.traceRequests.create({ body })).deviceId, more.id, 'the provider may');
});
