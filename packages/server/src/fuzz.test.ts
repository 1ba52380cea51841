import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allEndpoints, fillPath, type Endpoint } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../testing/harness.ts';
import { oneAfterTheOther, rawRequest } from '../testing/raw-http.ts';
import { runs } from '@midonet/packet/testing/runs';

const AUTH = { 'x-auth-token': TOKEN };

/** Values that get past the first check of some field, mixed with anything at all. */
function bodies(ids: readonly string[]): fc.Arbitrary<unknown> {
  const plausible = fc.oneof(
    fc.constantFrom(
      ...ids,
      '10.0.0.1',
      '10.0.0.0/24',
      '::1',
      '2001:db8::/64',
      '02:00:00:00:00:01',
      'Router',
      'vxlan',
      'accept',
      'jump',
      'TCP',
      'HTTP',
      'SOURCE_IP',
    ),
    fc.constantFrom(
      0,
      -1,
      1,
      24,
      33,
      64,
      129,
      4094,
      4095,
      2 ** 31,
      2 ** 53,
      0.5,
      true,
      null,
      '',
      '\u0000',
      '__proto__',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const names = [...new Set(allEndpoints().flatMap(({ endpoint }) => fieldNames(endpoint)))];
  const field = fc.constantFrom(...names, 'constructor', '__proto__');
  const object = fc.dictionary(field, fc.oneof(plausible, fc.array(plausible, { maxLength: 4 })), { maxKeys: 8 });
  return fc.oneof({ weight: 6, arbitrary: object }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) });
}

function fieldNames({ request }: Endpoint): string[] {
  const shape: unknown = request === undefined ? undefined : Reflect.get(request, 'shape');
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

async function something(h: Harness): Promise<string[]> {
  const bridge = await h.client.bridges.create({ body: { name: 'b' } });
  const router = await h.client.routers.create({ body: { name: 'r' } });
  const port = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  const far = await h.client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  const host = await h.client.hosts.create({ body: { name: 'h' } });
  const zone = await h.client.tunnelZones.create({ body: { name: 'z' } });
  const chain = await h.client.chains.create({ body: { name: 'c' } });
  const other = await h.client.chains.create({ body: { name: 'd' } });
  const rule = await h.client.chains.createRule({ id: chain.id, body: { type: 'drop' } });
  const ports = await h.client.portGroups.create({ body: { name: 'p' } });
  const addresses = await h.client.ipAddrGroups.create({ body: { name: 'a' } });
  const balancer = await h.client.loadBalancers.create({ body: {} });
  const monitor = await h.client.healthMonitors.create({ body: {} });
  const pool = await h.client.loadBalancers.createPool({ id: balancer.id, body: {} });
  const member = await h.client.pools.createMember({ id: pool.id, body: { address: '10.0.0.2', protocolPort: 80 } });
  const vip = await h.client.pools.createVip({ id: pool.id, body: { address: '10.0.0.3', protocolPort: 80 } });
  const balancers = [balancer.id, monitor.id, pool.id, member.id, vip.id];
  const policy = await h.client.qosPolicies.create({ body: { rules: [{ maxKbps: 1 }] } });
  const filters = [policy.id, policy.rules[0]?.id ?? '', chain.id, other.id, rule.id, ports.id, addresses.id];
  return [bridge.id, router.id, port.id, far.id, host.id, zone.id, ...filters, ...balancers];
}

test('random JSON into every endpoint is answered, never with a server error', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const ids = await something(h);
  const params = fc.constantFrom(
    ...ids,
    '0',
    'x',
    '10.0.0.0_24',
    '02-00-00-00-00-01',
    '%2e%2e',
    `02-00-00-00-00-01_${ids[2]}`,
  );
  const body = bodies(ids);
  // Deleting would leave nothing to aim at.
  for (const { group, operation, endpoint } of allEndpoints()) {
    if (endpoint.method === 'DELETE' || endpoint.path === '/login') continue;
    const property = fc.asyncProperty(body, params, params, async (sent, first, second) => {
      const values = [first, second, second];
      const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const path = fillPath(endpoint.path, Object.fromEntries(names.map((name, at) => [name, values[at] ?? 'x'])));
      const headers = { ...AUTH, 'content-type': 'application/json' };
      const url = h.controller.url + path;
      const answer = await rawRequest(url, endpoint.method, headers, JSON.stringify(sent), oneAfterTheOther);
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
    });
    const numRuns = endpoint.request === undefined ? runs(15, 2) : runs(60, 6);
    await fc.assert(property, { numRuns }).catch((error: unknown) => {
      assert.fail(`${group}.${operation}: ${String(error)}`);
    });
  }
  assert.ok((await h.client.bridges.list()).length >= 1, 'still in working order');
});

test('what is no JSON, or no text, or too much, is a 4xx with a reason', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const url = `${h.controller.url}/bridges`;
  const headers = { ...AUTH, 'content-type': 'application/json' };
  for (const body of ['{', '{"name":}', '\u0000', 'null', '[]', '"text"', '{"name":"a"}}', '['.repeat(100_000)]) {
    const answer = await rawRequest(url, 'POST', headers, body);
    assert.equal(answer.status, 400, body.slice(0, 20));
    assert.match(answer.text, /"message":"[^"]+/);
  }
  const huge = await rawRequest(url, 'POST', headers, `{"name":"${'x'.repeat(2 << 20)}"}`);
  assert.equal(huge.status, 413);
  const longHeader = await rawRequest(url, 'GET', { ...AUTH, 'x-long': 'x'.repeat(20_000) });
  assert.equal(longHeader.status, 431);
  const badHost = await rawRequest(url, 'GET', { ...AUTH, host: 'a b"><script>' });
  assert.equal(badHost.status, 400);
  const name = await rawRequest(url, 'POST', headers, JSON.stringify({ name: 'x'.repeat(300) }));
  assert.match(name.text, /"property":"name"/);
});
