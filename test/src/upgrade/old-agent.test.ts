import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { webSocketDial, type Socket } from '@midonet/agent';
import { createClient } from '@midonet/contract';
import { startController, type Controller } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import { until } from '../agent/rig.ts';
import { IDS, isAnswer, unlike, WATCH_1, type Frame } from './recorded-watch.ts';

const TOKEN = 'a-token-for-this-test';

/** Every frame that an agent of version 1 can read: one more and it would count it as unreadable. */
const READ_BY_VERSION_1 = ['welcome', 'snapshot', 'delta', 'resync', 'ack', 'natBlocks', 'refused', 'pong'];

const store = openMemoryStore();
let controller: Controller;

before(async () => {
  controller = await startController({
    listen: { host: '127.0.0.1', port: 0 },
    store,
    auth: { kind: 'token', token: TOKEN },
  });
  await makeRecordedCloud(controller.url);
});

after(async () => {
  await controller.close();
  await store.close();
});

/** What the recorded session had, under the same ids. */
async function makeRecordedCloud(baseUrl: string): Promise<void> {
  const client = createClient({ baseUrl, token: TOKEN });
  const { one, two, zone, red, outside, edge } = IDS;
  for (const [id, name, ip] of [
    [one, 'one', '10.255.0.1'],
    [two, 'two', '10.255.0.2'],
  ] as const) {
    await client.hosts.create({ body: { id, name } });
    if (id === one) await client.tunnelZones.create({ body: { id: zone, name: 'zone', type: 'vxlan' } });
    await client.tunnelZoneHosts.create({ id: zone, body: { hostId: id, ipAddress: ip } });
  }
  await client.bridges.create({ body: { id: red, name: 'red', tenantId: 'acme' } });
  await client.bridges.create({ body: { id: outside, name: 'outside', tenantId: 'acme' } });
  await client.routers.create({ body: { id: edge, name: 'edge', tenantId: 'acme' } });
  for (const [bridge, up, down, address] of [
    [red, IDS.redUp, IDS.edgeRed, '10.1.0.1/24'],
    [outside, IDS.outsideUp, IDS.edgeOutside, '203.0.113.2/24'],
  ] as const) {
    await client.bridges.createPort({ id: bridge, body: { id: up } });
    await client.routers.createPort({ id: edge, body: { id: down, portSubnet: [address] } });
    await client.ports.link({ id: up, body: { peerId: down } });
  }
  for (const [bridge, id, hostId, interfaceName] of [
    [red, IDS.web, one, 'web'],
    [outside, IDS.world, two, 'world'],
  ] as const) {
    await client.bridges.createPort({ id: bridge, body: { id } });
    await client.hostPorts.create({ id: hostId, body: { portId: id, interfaceName } });
  }
}

/** A connection that keeps what it hears. */
async function connect(): Promise<{ socket: Socket; heard: Frame[]; closed: string[] }> {
  const heard: Frame[] = [];
  const closed: string[] = [];
  let open = false;
  const socket = webSocketDial(TOKEN)(controller.url, {
    onOpen: () => (open = true),
    onText: (text) => heard.push(JSON.parse(text) as Frame),
    onClosed: (reason) => closed.push(reason),
  });
  await until(
    'the connection',
    () => open,
    () => closed.join(),
    60_000,
  );
  return { socket, heard, closed };
}

/** Chains are not made in this cloud, and what host two wrote is not there. */
const isThere = (frame: Frame): boolean => Reflect.get(Object(frame['topic']), 'kind') !== 'chain';

/** All that was ever told, by key; what is gone by the goodbye was there before. */
function keysOf(frames: readonly Frame[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const frame of frames) {
    const items = (frame['items'] ?? frame['changes'] ?? []) as { key: string; value: unknown }[];
    for (const { key, value } of items) if (value !== null) found.set(key, value);
  }
  return found;
}

test('the recorded agent of watch protocol 1 gets all it got from a controller of its time', async () => {
  const { socket, heard, closed } = await connect();
  const recorded = WATCH_1.flatMap(({ from, frame }) => (from === 'controller' ? [frame] : []));
  for (const { from, frame } of WATCH_1) {
    if (from === 'controller' || !isThere(frame)) continue;
    socket.send(JSON.stringify(frame));
    const then = recorded.find((each) => isAnswer(frame, each));
    if (then === undefined) continue;
    await until(
      `the answer to ${JSON.stringify(frame)}`,
      () => heard.some((each) => isAnswer(frame, each)),
      () => JSON.stringify(heard.at(-1)),
      60_000,
    );
    const now = heard.find((each) => isAnswer(frame, each));
    assert.equal(unlike({ ...then, items: undefined }, { ...now, items: undefined }), undefined);
  }
  await until(
    'the goodbye',
    () => closed.length > 0,
    () => '',
    60_000,
  );
  for (const { op } of heard) assert.ok(READ_BY_VERSION_1.includes(op), `${op} is not of version 1`);
  assert.equal(heard.find(({ op }) => op === 'welcome')?.['protocol'], 1);
  assert.deepEqual(
    heard.filter(({ op }) => op === 'refused'),
    [],
  );
  const [then, now] = [keysOf(recorded), keysOf(heard)];
  const kinds = new Set<string>();
  for (const [key, value] of then) {
    const [kind = ''] = key.split('/');
    if (['chain', 'rule', 'route'].includes(kind) || key.endsWith(IDS.world) || /02:00:cb|203\.0\.113\.1$/.test(key)) {
      continue;
    }
    // The router had filters then.
    const { inboundFilterId: _in, outboundFilterId: _out, ...known } = value as Record<string, unknown>;
    assert.equal(unlike(known, now.get(key), key), undefined);
    kinds.add(kind);
  }
  const wanted = 'bridge host learnedMac neighbour port portActive router tunnelZone tunnelZoneMember';
  assert.equal([...kinds].sort().join(' '), wanted);
});

test('a controller that stops sends clients of version 2 and later on, and closes those of version 1 as it did', async () => {
  const [old, now] = [await connect(), await connect()];
  old.socket.send(JSON.stringify({ op: 'hello', protocol: 1 }));
  now.socket.send(JSON.stringify({ op: 'hello', protocol: 1, upTo: 2 }));
  for (const { heard } of [old, now]) {
    await until(
      'the welcome',
      () => heard.length > 0,
      () => '',
      60_000,
    );
  }
  assert.equal(now.heard[0]?.['protocol'], 2);
  await controller.close();
  for (const { closed } of [old, now]) {
    await until(
      'the end',
      () => closed.length > 0,
      () => '',
      60_000,
    );
  }
  assert.deepEqual(
    old.heard.map(({ op }) => op),
    ['welcome'],
  );
  assert.deepEqual(now.heard[1], { op: 'leaving', withinMs: 2 });
  assert.deepEqual(old.closed, ['the controller stops']);
});
