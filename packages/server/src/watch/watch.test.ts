import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openMemoryStore } from '@midonet/store/memory';
import { ManualClock } from '../../testing/manual-clock.ts';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const HOST = '99999999-9999-4999-8999-999999999999';
const limit = { timeout: 10_000 };

const keys = (items: readonly { readonly key: string }[]): string[] => items.map(({ key }) => key).sort();

test('a bridge topic gives its closure, then follows ports and links that appear and go', limit, async () => {
  await using h = await startHarness();
  const bridge = await h.client.bridges.create({ body: { name: 'b' } });
  const router = await h.client.routers.create({ body: { name: 'r' } });
  const port = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  const far = await h.client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id } });
  const snapshot = await watch.next('snapshot');
  assert.deepEqual(keys(snapshot.items), [`bridge/${bridge.id}`, `port/${port.id}`]);

  await h.client.ports.link({ id: port.id, body: { peerId: far.id } });
  const linked = await watch.next('delta');
  assert.deepEqual(keys(linked.changes), [`port/${port.id}`, `port/${far.id}`].sort());

  const second = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  assert.deepEqual(keys((await watch.next('delta')).changes), [`port/${second.id}`]);

  await h.client.ports.unlink({ id: port.id });
  const unlinked = await watch.next('delta');
  const gone = unlinked.changes.find(({ key }) => key === `port/${far.id}`);
  assert.equal(gone?.value, null);

  await h.client.bridges.remove({ id: bridge.id });
  const removed = await watch.next('delta');
  assert.ok(removed.changes.every(({ value }) => value === null));
  assert.deepEqual(keys(removed.changes), [`bridge/${bridge.id}`, `port/${port.id}`, `port/${second.id}`].sort());
  await watch.close();
});

test('a host topic has bound ports and every member of its zones, also those that join later', limit, async () => {
  await using h = await startHarness();
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello({ id: HOST, name: 'hyper' });
  const other = await h.client.hosts.create({ body: { name: 'other' } });
  const zone = await h.client.tunnelZones.create({ body: { name: 'z', type: 'vxlan' } });
  await h.client.tunnelZoneHosts.create({ id: zone.id, body: { hostId: other.id, ipAddress: '192.0.2.2' } });
  watch.send({ op: 'subscribe', sub: 7, topic: { kind: 'host', id: HOST } });
  const snapshot = await watch.next('snapshot');
  assert.deepEqual(keys(snapshot.items), [`host/${HOST}`]);

  await h.client.tunnelZoneHosts.create({ id: zone.id, body: { hostId: HOST, ipAddress: '192.0.2.1' } });
  const joined = await watch.next('delta');
  const members = [`tunnelZoneMember/${zone.id}/${HOST}`, `tunnelZoneMember/${zone.id}/${other.id}`];
  assert.deepEqual(keys(joined.changes), [`tunnelZone/${zone.id}`, ...members].sort());

  const bridge = await h.client.bridges.create({ body: {} });
  const port = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  await h.client.hostPorts.create({ id: HOST, body: { portId: port.id, interfaceName: 'tap0' } });
  assert.deepEqual(keys((await watch.next('delta')).changes), [`port/${port.id}`]);
  await watch.close();
});

test('resuming sends only what came after; a revision that is forgotten resyncs', limit, async () => {
  await using h = await startHarness();
  const bridge = await h.client.bridges.create({ body: { name: 'b' } });
  const first = await WatchClient.connect(h.controller.url);
  await first.hello();
  first.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id } });
  const { revision } = await first.next('snapshot');
  await first.close();
  const port = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  await h.client.bridges.create({ body: { name: 'unrelated' } });

  const second = await WatchClient.connect(h.controller.url);
  await second.hello();
  second.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id }, since: revision });
  assert.deepEqual(keys((await second.next('delta')).changes), [`port/${port.id}`]);
  assert.equal(second.seen.length, 0, 'nothing else was sent');

  await h.store.compact(await h.store.revision());
  second.send({ op: 'subscribe', sub: 2, topic: { kind: 'collection', of: 'bridge' }, since: revision });
  await second.next('resync', ({ sub }) => sub === 2);
  const fresh = await second.next('snapshot', ({ sub }) => sub === 2);
  assert.equal(fresh.items.length, 2);
  second.send({ op: 'subscribe', sub: 3, topic: { kind: 'bridge', id: bridge.id }, since: 1e9 });
  await second.next('resync', ({ sub }) => sub === 3);
  await second.close();
});

test('a watch goes on where it was on a controller that came back', limit, async () => {
  const store = openMemoryStore();
  const first = await startHarness({ store });
  const bridge = await first.client.bridges.create({ body: { name: 'b' } });
  const watch = await WatchClient.connect(first.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id } });
  const { revision } = await watch.next('snapshot');
  const port = await first.client.bridges.createPort({ id: bridge.id, body: {} });
  await watch.next('delta');
  await first.controller.close();
  await watch.close();
  await using second = await startHarness({ store });
  const again = await WatchClient.connect(second.controller.url);
  await again.hello();
  again.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id }, since: revision });
  assert.deepEqual(keys((await again.next('delta')).changes), [`port/${port.id}`]);
  assert.equal(again.seen.length, 0, 'no resync');
  await again.close();
});

test('who missed more than is kept gets the snapshot, and is told why', { timeout: 120_000 }, async () => {
  await using h = await startHarness();
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  const author = { user: 'test' };
  const write = (i: number) => ({ kind: 'put', key: 'bridge/busy', value: String(i) }) as const;
  for (let i = 0; i < 11_000; i += 1_000) {
    const puts = Array.from({ length: 1_000 }, (_, more) => write(i + more));
    await Promise.all(puts.map((put) => h.store.commit({ author, conditions: [], writes: [put] })));
  }
  do watch.send({ op: 'ping' });
  while ((await watch.next('pong')).revision < (await h.store.revision()));
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'collection', of: 'bridge' }, since: 1 });
  assert.equal((await watch.next('resync')).reason, 'compacted');
  assert.deepEqual((await watch.next('snapshot')).items, [{ key: 'bridge/busy', value: 10_999 }]);
  await watch.close();
});

test('a reader that does not read is dropped to a resync, not buffered for ever', limit, async () => {
  await using h = await startHarness({ watch: { bufferLimit: 256 << 10 } });
  const watch = await WatchClient.connect(h.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'collection', of: 'bridge' } });
  await watch.next('snapshot');
  watch.socket.pause();
  const author = { user: 'test' };
  // Written to the store directly: sixty megabytes that nobody reads.
  const value = JSON.stringify({ padding: 'x'.repeat(60_000) });
  for (let i = 0; i < 1000; i++) {
    await h.store.commit({ author, conditions: [], writes: [{ kind: 'put', key: 'bridge/big', value }] });
  }
  watch.socket.resume();
  await watch.next('resync', ({ sub }) => sub === 1);
  const fresh = await watch.next('snapshot');
  assert.deepEqual(keys(fresh.items), ['bridge/big']);
  const deltas = watch.seen.filter(({ op }) => op === 'delta').length;
  assert.ok(deltas < 1000, `${deltas} deltas arrived before the resync`);
  await watch.close();
});

test('rows live with the lease: host.alive and port.active follow, bye ends at once', limit, async () => {
  await using h = await startHarness();
  const agent = await WatchClient.connect(h.controller.url);
  const lease = await agent.hello({ id: HOST, name: 'hyper' });
  assert.ok(lease !== undefined);
  const bridge = await h.client.bridges.create({ body: {} });
  const port = await h.client.bridges.createPort({ id: bridge.id, body: {} });
  await h.client.hostPorts.create({ id: HOST, body: { portId: port.id, interfaceName: 'tap0' } });
  const alive = { kind: 'hostAlive', hostId: HOST, interfaces: [] };
  const active = { kind: 'portActive', portId: port.id, hostId: HOST, tunnelKey: 5 };
  agent.send({ op: 'rows', id: 1, puts: [alive, active], deletes: [] });
  await agent.next('ack');
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, true);
  const shown = await h.client.ports.get({ id: port.id });
  assert.deepEqual([shown.active, shown.tunnelKey], [true, 5]);
  agent.send({ op: 'bye' });
  await once(agent.socket, 'close');
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, false);
  assert.equal((await h.client.ports.get({ id: port.id })).active, false);
});

test('after a disconnect the rows stay for the lease, are taken up again, and expire', limit, async () => {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  await using h = await startHarness({ clock, store });
  const first = await WatchClient.connect(h.controller.url);
  const lease = (await first.hello({ id: HOST, name: 'hyper' })) ?? assert.fail('no lease');
  first.send({ op: 'rows', id: 1, puts: [{ kind: 'hostAlive', hostId: HOST, interfaces: [] }], deletes: [] });
  await first.next('ack');
  await first.close();
  clock.advance(6_000);
  const second = await WatchClient.connect(h.controller.url);
  assert.equal(await second.hello({ id: HOST, name: 'hyper', lease }), lease);
  clock.advance(6_000);
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, true, 'renewed by coming back');
  await second.close();
  clock.advance(11_000);
  for (;;) if (!(await h.client.hosts.get({ id: HOST })).alive) break;
  const third = await WatchClient.connect(h.controller.url);
  assert.notEqual(await third.hello({ id: HOST, name: 'hyper', lease }), lease, 'an expired lease is not taken up');
  await third.close();
  await h.controller.close();
  await store.close();
});

test('agents write only rows of their own, others cannot take them back', limit, async () => {
  await using h = await startHarness();
  const agent = await WatchClient.connect(h.controller.url);
  await agent.hello({ id: HOST, name: 'hyper' });
  const other = '88888888-8888-4888-8888-888888888888';
  const refusals: readonly [unknown, string][] = [
    [{ kind: 'hostAlive', hostId: other, interfaces: [] }, 'forbidden'],
    [{ kind: 'bridge', id: other }, 'invalid'],
    [{ kind: 'learnedMac', bridgeId: 'x' }, 'invalid'],
    [null, 'invalid'],
  ];
  for (const [id, [row, code]] of refusals.entries()) {
    agent.send({ op: 'rows', id, puts: [row], deletes: [] });
    assert.equal((await agent.next('refused', (message) => message.id === id)).code, code);
  }
  agent.send({ op: 'rows', id: 20, puts: [], deletes: [`host/${HOST}`] });
  assert.equal((await agent.next('refused')).code, 'forbidden');

  agent.send({ op: 'rows', id: 21, puts: [{ kind: 'hostAlive', hostId: HOST, interfaces: [] }], deletes: [] });
  await agent.next('ack');
  const rival = await WatchClient.connect(h.controller.url);
  await rival.hello({ id: other, name: 'rival' });
  rival.send({ op: 'rows', id: 1, puts: [], deletes: [`hostAlive/${HOST}`] });
  await rival.next('ack');
  assert.equal((await h.client.hosts.get({ id: HOST })).alive, true);
  const viewer = await WatchClient.connect(h.controller.url);
  await viewer.hello();
  viewer.send({ op: 'rows', id: 1, puts: [], deletes: [] });
  assert.equal((await viewer.next('refused')).code, 'forbidden');
  await Promise.all([agent.close(), rival.close(), viewer.close()]);
});

test('strangers are turned away, and nonsense is answered, not fatal', limit, async () => {
  await using h = await startHarness();
  await assert.rejects(WatchClient.connect(h.controller.url, 'wrong'), /401/);
  const stranger = await WatchClient.connect(h.controller.url, '');
  stranger.send({ op: 'hello', protocol: 1, token: 'wrong' });
  await once(stranger.socket, 'close');
  const browser = await WatchClient.connect(h.controller.url, '');
  browser.send({ op: 'hello', protocol: 1, token: TOKEN });
  await browser.next('welcome');
  for (const nonsense of ['', '{', 'null', '[]', '{"op":"x"}', '{"op":"subscribe","sub":-1}', '{"op":"hello"}']) {
    browser.socket.send(nonsense);
    assert.equal((await browser.next('refused')).code, 'invalid');
  }
  browser.send({ op: 'ping' });
  await browser.next('pong');
  await browser.close();
});

test('a controller starts over a store that has forgotten its past, and follows what comes', limit, async () => {
  const store = openMemoryStore();
  const first = await startHarness({ store });
  const bridge = await first.client.bridges.create({ body: { name: 'b' } });
  await first.controller.close();
  await store.compact(await store.revision());
  const second = await startHarness({ store });
  const watch = await WatchClient.connect(second.controller.url);
  await watch.hello();
  watch.send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridge.id } });
  await watch.next('snapshot');
  await second.client.bridges.update({ id: bridge.id, body: { ...bridge, name: 'c' } });
  assert.deepEqual(keys((await watch.next('delta')).changes), [`bridge/${bridge.id}`]);
  await watch.close();
  await second.controller.close();
  await store.close();
});
