import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Topic } from '@midonet/contract';
import { startHarness, TOKEN, type Harness } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { makeWorld, type World } from '../../testing/world.ts';
import { COLLECTIONS } from './topics.ts';

const HOST = '7c8a3f5e-0000-4000-8000-000000000001';
const OTHER_HOST = '7c8a3f5e-0000-4000-8000-000000000002';

async function tokenOf(h: Harness, tenantId: string): Promise<{ token: string; id: string }> {
  const name = `watcher-of-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role: 'reader', tenantId } });
  return h.client.apiTokens.create({ body: { user: name } });
}

function topicsOf(world: World): Topic[] {
  return [
    { kind: 'bridge', id: world.bridge },
    { kind: 'router', id: world.router },
    { kind: 'port', id: world.port },
    { kind: 'macTable', id: world.bridge },
    { kind: 'neighbours', id: world.router },
    { kind: 'chain', id: world.chain },
    { kind: 'portGroup', id: world.portGroup },
    { kind: 'ipAddrGroup', id: world.ipGroup },
    { kind: 'balancer', id: world.balancer },
    { kind: 'qosPolicy', id: world.qosPolicy },
    { kind: 'mirror', id: world.mirror },
    ...COLLECTIONS.map((of) => ({ kind: 'collection', of }) as const),
  ];
}

test('a tenant watches its own, and nothing of the others or of the provider', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const other = await makeWorld(h.client, 'acme');
  const own = await makeWorld(h.client, 'umbrella');
  await h.client.ports.link({ id: own.loose, body: { peerId: other.routerPort } });
  const lease = await h.store.grantLease(60_000);
  const run = (world: World) => {
    const active = { kind: 'portActive', portId: world.port, hostId: world.host, tunnelKey: 7 };
    const health = {
      ...{ kind: 'memberHealth', poolId: world.pool, memberId: world.member },
      ...{ status: 'down', hostId: world.host },
    };
    const writes = [
      { kind: 'put', key: `portActive/${world.port}`, value: JSON.stringify(active), lease },
      { kind: 'put', key: `memberHealth/${world.pool}/${world.member}`, value: JSON.stringify(health), lease },
    ] as const;
    return h.store.commit({ author: { user: 't' }, conditions: [], writes });
  };
  await run(own);
  await run(other);
  const { token } = await tokenOf(h, 'umbrella');
  const watch = await WatchClient.connect(h.controller.url, token);
  await watch.hello();
  const topics = [...topicsOf(own), ...topicsOf(other).slice(0, 11)];
  const seen = new Set<string>();
  for (const [sub, topic] of topics.entries()) {
    watch.send({ op: 'subscribe', sub, topic });
    const snapshot = await watch.next('snapshot', (message) => message.sub === sub);
    for (const { key } of snapshot.items) seen.add(key);
    const text = JSON.stringify(snapshot.items);
    for (const [what, id] of Object.entries(other)) {
      // The peer's id stands in one's own port; that much is visible.
      const visible = what === 'routerPort' && text.includes(own.loose);
      assert.ok(visible || !text.includes(id), `${JSON.stringify(topic)} shows ${what}`);
    }
    for (const text2 of [own.host, own.zone, 'tap0']) assert.ok(!text.includes(text2), JSON.stringify(topic));
    if (sub >= topics.length - 10) assert.deepEqual(snapshot.items, [], JSON.stringify(topic));
  }
  const mine = [`bridge/${own.bridge}`, `router/${own.router}`, `port/${own.port}`, `rule/${own.rule}`];
  const balanced = [`poolMember/${own.member}`, `vip/${own.vip}`, `memberHealth/${own.pool}/${own.member}`];
  for (const key of [...mine, ...balanced, `portActive/${own.port}`, `chain/${own.chain}`]) {
    assert.ok(seen.has(key), key);
  }

  // What goes on later: changes and deletions of others make no sound, one's own do.
  watch.seen.length = 0;
  await h.client.bridges.update({ id: other.bridge, body: { name: 'secret' } });
  await h.client.bridges.remove({ id: other.bridge });
  await h.client.chains.remove({ id: other.chain });
  await h.client.bridges.update({ id: own.bridge, body: { name: 'heard' } });
  await h.client.rules.remove({ id: own.rule });
  await watch.next('delta', ({ changes }) => changes.some(({ key, value }) => key === `rule/${own.rule}` && !value));
  const heard = JSON.stringify(watch.seen);
  assert.ok(heard.includes('heard'));
  for (const id of [other.bridge, other.chain, other.port, other.rule, 'secret']) assert.ok(!heard.includes(id), heard);
  await watch.close();
});

test('a device that changes hands goes with all that hangs on it', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const world = await makeWorld(h.client, 'acme');
  const watch = await WatchClient.connect(h.controller.url, (await tokenOf(h, 'umbrella')).token);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'collection', of: 'port' } });
  assert.deepEqual((await watch.next('snapshot')).items, []);
  await h.client.bridges.update({ id: world.bridge, body: { tenantId: 'umbrella' } });
  const ports = [`port/${world.loose}`, `port/${world.service}`, `port/${world.port}`].sort();
  const come = (await watch.next('delta')).changes;
  assert.deepEqual(come.map(({ key }) => key).sort(), ports);
  assert.ok(come.every(({ value }) => value !== null));
  await h.client.bridges.update({ id: world.bridge, body: { tenantId: 'acme' } });
  const gone = (await watch.next('delta')).changes;
  assert.deepEqual(gone.map(({ key }) => key).sort(), ports);
  assert.ok(gone.every(({ value }) => value === null));
  assert.deepEqual(watch.seen, [], 'nothing started over');
  // Whoever was away hears the same.
  watch.send({ op: 'subscribe', sub: 2, topic: { kind: 'collection', of: 'bridge' }, since: 1 });
  for (const holds of [true, false]) {
    const { changes } = await watch.next('delta', ({ sub }) => sub === 2);
    assert.deepEqual(
      changes.map(({ key, value }) => [key, value !== null]),
      [[`bridge/${world.bridge}`, holds]],
    );
  }
  await watch.close();
});

test('tenants are no agents and follow no hosts', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { token } = await tokenOf(h, 'umbrella');
  const agent = await WatchClient.connect(h.controller.url, token);
  agent.send({ op: 'hello', protocol: 1, host: { id: HOST, name: 'mine' } });
  assert.equal((await agent.next('refused')).code, 'forbidden');
  const watch = await WatchClient.connect(h.controller.url, token);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'host', id: HOST } });
  assert.equal((await watch.next('refused')).code, 'forbidden');
  watch.send({ op: 'rows', id: 1, puts: [], deletes: [] });
  assert.equal((await watch.next('refused')).code, 'forbidden');
  assert.deepEqual(await h.client.hosts.list(), []);
  await watch.close();
  await agent.close();
});

test('a token, user, tenant or session that ends closes its watches at once', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const ends: Record<string, (token: { id: string }) => Promise<unknown>> = {
    token: ({ id }) => h.client.apiTokens.remove({ id }),
    user: () => h.client.users.update({ name: 'watcher-of-user', body: { enabled: false } }),
    tenant: () => h.client.tenants.create({ body: { id: 'tenant', enabled: false } }),
    role: () => h.client.users.update({ name: 'watcher-of-role', body: { tenantId: 'elsewhere' } }),
  };
  for (const [what, end] of Object.entries(ends)) {
    const token = await tokenOf(h, what);
    const watch = await WatchClient.connect(h.controller.url, token.token);
    await watch.hello();
    const closed = once(watch.socket, 'close');
    await h.client.users.create({ body: { name: `x${what}`, password: 'unrelated', role: 'reader', tenantId: 'x' } });
    watch.send({ op: 'ping' });
    await watch.next('pong');
    await end(token);
    assert.equal((await closed)[0], 4401, what);
  }
});

test("a host's credential opens its own agent's watch and no other", { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const { token } = await h.client.enrolments.create({ body: { name: 'hv1' } });
  const { credential } = await h.client.enrol.create({ body: { token, hostId: HOST } });
  const watch = await WatchClient.connect(h.controller.url, credential);
  const lease = await watch.hello({ id: HOST, name: 'calls itself otherwise' });
  assert.ok(lease !== undefined);
  assert.equal((await h.client.hosts.get({ id: HOST })).name, 'hv1', 'the name is that of the enrolment');
  for (const topic of [
    { kind: 'host', id: OTHER_HOST },
    { kind: 'collection', of: 'bridge' },
  ] as const) {
    watch.send({ op: 'subscribe', sub: 1, topic });
    assert.equal((await watch.next('refused')).code, 'forbidden');
  }
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'host', id: HOST } });
  await watch.next('snapshot');
  const alive = (hostId: string) => ({ kind: 'hostAlive', hostId, interfaces: [] });
  watch.send({ op: 'rows', id: 1, puts: [alive(OTHER_HOST)], deletes: [] });
  assert.equal((await watch.next('refused')).code, 'forbidden');
  watch.send({ op: 'rows', id: 2, puts: [alive(HOST)], deletes: [] });
  await watch.next('ack');
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, true);

  for (const host of [{ id: OTHER_HOST, name: 'hv2' }, undefined]) {
    const stranger = await WatchClient.connect(h.controller.url, credential);
    stranger.send({ op: 'hello', protocol: 1, host });
    if (host !== undefined) assert.equal((await stranger.next('refused')).code, 'forbidden');
    await stranger.close();
  }

  const closed = once(watch.socket, 'close');
  await h.client.hostCredentials.remove({ id: HOST });
  assert.equal((await closed)[0], 4401);
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, false, 'its rows go with it');
  await assert.rejects(WatchClient.connect(h.controller.url, credential), /401/);
});

test('an enrolment token cannot take over another host', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  await h.client.hosts.create({ body: { id: OTHER_HOST, name: 'hv2' } });
  const { token } = await h.client.enrolments.create({ body: { name: 'hv1' } });
  await assert.rejects(h.client.enrol.create({ body: { token, hostId: OTHER_HOST } }), /another host's/);
  await h.client.enrol.create({ body: { token, hostId: HOST } });
  const again = await h.client.enrolments.create({ body: { name: 'hv1' } });
  const { credential } = await h.client.enrol.create({ body: { token: again.token, hostId: HOST } });
  const watch = await WatchClient.connect(h.controller.url, credential);
  await watch.hello({ id: HOST, name: 'hv1' });
  await watch.close();
  const root = await WatchClient.connect(h.controller.url, TOKEN);
  assert.ok(await root.hello({ id: OTHER_HOST, name: 'hv2' }), 'the plain token still serves agents');
  await root.close();
});
