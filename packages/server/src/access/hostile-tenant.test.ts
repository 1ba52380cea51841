import assert from 'node:assert/strict';
import { test } from 'node:test';
import { API_ROOT, createClient, patchables, type Client } from '@midonet/contract';
import { batching } from '../../testing/batching-fetch.ts';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { NAMINGS } from '../../testing/namings.ts';
import { oneAfterTheOther, rawRequest } from '../../testing/raw-http.ts';
import { refusal, withoutIds } from '../../testing/refusal.ts';
import { ghostWorld, makeWorld, type World } from '../../testing/world.ts';

const limit = { timeout: 120_000 };

async function tokenOf(h: Harness, tenantId: string): Promise<string> {
  const name = `member-of-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role: 'member', tenantId } });
  return (await h.client.apiTokens.create({ body: { user: name } })).token;
}

async function memberOf(h: Harness, tenantId: string, fetch?: typeof globalThis.fetch): Promise<Client> {
  return createClient({ baseUrl: h.controller.url, token: await tokenOf(h, tenantId), fetch });
}

async function topology({ store }: Harness): Promise<Map<string, string>> {
  const { entries } = await store.list('');
  const kept = entries.filter(({ key }) => !/^(audit|access)\//.test(key));
  return new Map(kept.map(({ key, value }) => [key, value]));
}

test("in a batch another tenant's things are named as nothing is, and nothing of it is done", limit, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const own = await makeWorld(h.client, 'umbrella');
  const client = await memberOf(h, 'umbrella', batching('umbrella'));
  const before = await topology(h);
  for (const [what, name] of Object.entries(NAMINGS)) {
    const ghost = ghostWorld();
    const nothing = await refusal(name(client, own, ghost), ghost);
    const theirs = await refusal(name(client, own, other), other);
    assert.ok([400, 404].includes(nothing[0] ?? 0), `${what}: ${nothing.join(' ')}`);
    assert.deepEqual([what, ...theirs], [what, ...nothing]);
  }
  assert.deepEqual(await topology(h), before);
  for (const [what, name] of Object.entries(NAMINGS)) {
    const mine = await refusal(name(client, own, own), own);
    assert.ok([200, 409].includes(mine[0] ?? 0), `${what}, one's own: ${mine.join(' ')}`);
  }
});

test("a PATCH of another tenant's thing is answered as one of nothing, whatever it is to match", limit, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const token = await tokenOf(h, 'umbrella');
  const before = await topology(h);
  const { origin } = new URL(h.controller.url);
  const known: Readonly<Record<string, keyof World>> = {
    ...{ bridges: 'bridge', routers: 'router', ports: 'port', chains: 'chain', rules: 'rule', mirrors: 'mirror' },
    ...{ port_groups: 'portGroup', ip_addr_groups: 'ipGroup', load_balancers: 'balancer', pools: 'pool' },
    ...{ pool_members: 'member', vips: 'vip', health_monitors: 'monitor', hosts: 'host', tunnel_zones: 'zone' },
    ...{ qos_policies: 'qosPolicy', l2insertions: 'insertion', traces: 'trace', rule_loggers: 'logger' },
  };
  const asked = new Set<string>();
  for (const { writing } of patchables()) {
    const { path } = writing.endpoint;
    const collection = path.split('/')[1] ?? '';
    const what = known[collection];
    for (const ifMatch of ['*', '"x.y"']) {
      const ask = async (world: World) => {
        const id = what === undefined ? world.bridge : world[what];
        const address = origin + API_ROOT + path.replace(/\{\w+\}/g, id);
        const headers = { 'x-auth-token': token, 'if-match': ifMatch, 'content-type': 'application/merge-patch+json' };
        const body = '{"name":"mine now"}';
        const { status, text } = await rawRequest(address, 'PATCH', headers, body, oneAfterTheOther);
        return [path, status, withoutIds(world, text).replace(/[0-9a-f]{8}-[0-9a-f-]{6,27}/g, '<cut>')] as const;
      };
      const theirs = await ask(other);
      assert.deepEqual(theirs, await ask(ghostWorld()));
      assert.ok([400, 403, 404].includes(theirs[1]), theirs.join(' '));
      if (what !== undefined) asked.add(what);
    }
  }
  assert.ok(asked.size >= 12, [...asked].join());
  assert.deepEqual(await topology(h), before);
});

test('what is put back names nothing that was given away since, and changes nothing of others', limit, async () => {
  await using h = await startHarness();
  const { client: admin } = h;
  const own = await makeWorld(admin, 'umbrella');
  const other = await makeWorld(admin, 'acme');
  const client = await memberOf(h, 'umbrella');
  const spare = await client.chains.create({ body: { name: 'spare' } });
  const jump = await client.chains.createRule({ id: own.chain, body: { type: 'jump', jumpChainId: spare.id } });
  const { id } = await client.bridges.create({ body: { name: 'filtered', inboundFilterId: spare.id } });
  const inner = await client.routers.create({ body: { name: 'inner' } });
  const near = await client.routers.createPort({ id: inner.id, body: { portSubnet: ['192.0.2.1/24'] } });
  await client.ports.link({ id: own.loose, body: { peerId: near.id } });
  const group = await client.ipAddrGroups.create({ body: { name: 'g' } });
  const matched = await client.chains.createRule({ id: own.chain, body: { type: 'drop', ipAddrGroupSrc: group.id } });
  const at = String(await h.store.revision());

  await client.rules.remove({ id: jump.id });
  await client.rules.remove({ id: matched.id });
  await client.bridges.remove({ id });
  await client.ports.unlink({ id: own.loose });
  await admin.chains.update({ id: spare.id, body: { tenantId: 'acme' } });
  await admin.routers.update({ id: inner.id, body: { tenantId: 'acme' } });
  await admin.ipAddrGroups.update({ id: group.id, body: { tenantId: 'acme' } });
  await admin.bridges.update({ id: other.bridge, body: { inboundFilterId: own.chain } });
  const before = await topology(h);
  for (const object of [`rule/${jump.id}`, `rule/${matched.id}`, `bridge/${id}`, `port/${own.loose}`]) {
    const [status, text] = await refusal(client.restore.run({ body: { object, at } }), own);
    assert.ok([400, 404].includes(status ?? 0), `${object}: ${status} ${text}`);
  }
  for (const object of [`chain/${spare.id}`, `router/${inner.id}`, `ipAddrGroup/${group.id}`, `chain/${other.chain}`]) {
    const [status, text] = await refusal(client.restore.run({ body: { object, at } }), own);
    assert.equal(status, 404, `${object}: ${text}`);
  }
  assert.deepEqual(await topology(h), before);

  // What an administrator hung on their chain falls off with it, and does not come back by their hand.
  const then = String(await h.store.revision());
  await client.chains.remove({ id: own.chain });
  const dry = await client.restore.run({ body: { object: `chain/${own.chain}`, at: then, dryRun: true } });
  await client.restore.run({ body: { object: `chain/${own.chain}`, at: then } });
  assert.ok(!JSON.stringify(dry).includes(other.bridge));
  assert.equal((await admin.bridges.get({ id: other.bridge })).inboundFilterId, null);
  const told = await client.history.list({ query: { object: `chain/${own.chain}` } });
  for (const secret of [other.bridge, 'acme']) assert.ok(!JSON.stringify(told).includes(secret), secret);
});

test('lists tell nothing by their filters, order and time of what is not shown', limit, async () => {
  await using h = await startHarness();
  const own = await makeWorld(h.client, 'umbrella');
  const token = await tokenOf(h, 'umbrella');
  const ask = async (query: string): Promise<unknown[]> => {
    const response = await h.fetch(`/ports?${query}`, { headers: { 'x-auth-token': token } });
    assert.equal(response.status, 200, query);
    return (await response.json()) as unknown[];
  };
  assert.equal((await ask('hostId=')).length, (await ask('')).length, 'to them no port is plugged in');
  for (const query of [`hostId=${own.host}`, `host_id=${own.host}`, 'interfaceName=tap0']) {
    assert.deepEqual(await ask(query), [], query);
  }
  const now = String(await h.store.revision());
  for (const query of [`hostId=${own.host}&at=${now}`, `interfaceName=tap0&sort=interfaceName&at=${now}`]) {
    assert.deepEqual(await ask(query), [], query);
  }
});

test("meters and hits are of one's own chains, whatever others call theirs", limit, async () => {
  await using h = await startHarness();
  const [own, other] = [await makeWorld(h.client, 'umbrella'), await makeWorld(h.client, 'acme')];
  const count = { packets: 5, bytes: 50 };
  const meters = ['umbrella', 'acme', ''].map((tenantId) => ({ tenantId, name: 'web', ...count }));
  const row = { kind: 'hostRuleHits', hostId: own.host, hits: [], meters };
  const lease = await h.store.grantLease(60_000);
  const write = { kind: 'put', key: `hostRuleHits/${own.host}`, value: JSON.stringify(row), lease } as const;
  await h.store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  assert.equal((await h.client.meters.list()).length, 3);
  const client = await memberOf(h, 'umbrella');
  for (const query of [{}, { name: 'web' }, { tenant_id: 'umbrella' }]) {
    const found = await client.meters.list({ query });
    assert.deepEqual(
      found.map(({ tenantId, packets }) => [tenantId, packets]),
      [['umbrella', 5]],
    );
  }
  for (const tenant of ['acme', '']) assert.deepEqual(await client.meters.list({ query: { tenant_id: tenant } }), []);
  assert.ok(!JSON.stringify(await client.chains.ruleHits({ id: own.chain })).includes(own.host));
  await assert.rejects(client.chains.ruleHits({ id: other.chain }), /no chain/);
});
