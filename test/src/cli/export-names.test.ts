import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 120_000 };

/** Two of each kind whose names need not differ, and one that has none; each in use by another. */
async function fillWithNamesakes({ client }: Shop): Promise<void> {
  for (const name of ['same', 'same', '']) {
    const chain = await client.chains.create({ body: { name } });
    const addresses = await client.ipAddrGroups.create({ body: { name } });
    await client.ipAddrGroupAddrs.create({ id: addresses.id, body: { addr: '192.0.2.1' } });
    const policy = await client.qosPolicies.create({ body: { name, rules: [{ type: 'dscp_marking', dscpMark: 46 }] } });
    const bridge = await client.bridges.create({ body: { name, inboundFilterId: chain.id, qosPolicyId: policy.id } });
    const [port, other] = [
      await client.bridges.createPort({ id: bridge.id, body: { vifId: 'p', vlanId: 5 } }),
      await client.bridges.createPort({ id: bridge.id, body: { vifId: 'p' } }),
    ];
    const far = await client.bridges.createPort({ id: bridge.id, body: {} });
    const router = await client.routers.create({ body: { name } });
    const near = await client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
    await client.ports.link({ id: near.id, body: { peerId: far.id } });
    await client.routers.createRoute({
      id: router.id,
      body: { dstNetworkAddr: '0.0.0.0', dstNetworkLength: 0, nextHopPort: near.id },
    });
    await client.macTable.create({ id: bridge.id, body: { macAddr: '02:00:00:00:00:09', portId: other.id } });
    const group = await client.portGroups.create({ body: { name } });
    await client.portGroupPorts.create({ id: group.id, body: { portId: port.id } });
    const balancer = await client.loadBalancers.create({ body: {} });
    await client.routers.patch({ id: router.id, ifMatch: '*', body: { loadBalancerId: balancer.id } });
    for (const last of [2, 3]) {
      const pool = await client.loadBalancers.createPool({ id: balancer.id, body: { name } });
      await client.pools.createVip({ id: pool.id, body: { name, address: `10.0.0.${last}`, protocolPort: 80 } });
    }
    const mirror = await client.mirrors.create({ body: { name, toPortId: other.id } });
    await client.ports.patch({ id: port.id, ifMatch: '*', body: { inboundMirrorIds: [mirror.id] } });
    const resource = await client.loggingResources.create({ body: { name } });
    for (let loggers = 0; loggers < 2; loggers++) {
      await client.ruleLoggers.create({ body: { name, chainId: chain.id, loggingResourceId: resource.id } });
    }
    const traced = await client.traceRequests.create({ body: { name, deviceType: 'PORT', deviceId: port.id } });
    await client.chains.createRule({ id: chain.id, body: { type: 'trace', requestId: traced.id } });
    await client.chains.createRule({ id: chain.id, body: { type: 'accept', ipAddrGroupSrc: addresses.id } });
    await client.l2Insertions.create({
      body: { portId: port.id, srvPortId: other.id, mac: '02:00:00:00:00:01', position: 1, vlan: 7 },
    });
  }
}

test('names that two have, and none at all, are exported and applied again', limit, async () => {
  await using shop = await Shop.open();
  await fillWithNamesakes(shop);
  const { out, err, code } = await shop.run('export');
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^ {2}"?same@[0-9a-f-]{36}"?:/m);
  assert.match((await shop.run('diff', '-f', shop.file(out), '--prune')).out, /^nothing to change$/m);
  await using empty = await Shop.open();
  await empty.apply(out);
  assert.equal((await empty.run('export')).out, out);
  assert.match((await empty.run('diff', '-f', empty.file(out), '--prune')).out, /^nothing to change$/m);
});

test('a name that two have is in the way of nothing but itself, and says whom it could mean', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply('bridges: { red: { ports: { web: {} } }, x: {} }');
  const [one, two] = [
    await shop.client.traceRequests.create({ body: await requestAt(shop, 'red') }),
    await shop.client.traceRequests.create({ body: await requestAt(shop, 'red') }),
  ];
  assert.match(await shop.apply('bridges: { red: { up: false } }'), /1 change made/);
  const { code, err } = await shop.run('apply', '-f', shop.file('traceRequests: { slow: { bridge: red } }'));
  assert.equal(code, 4);
  assert.match(err, /there are 2 trace requests named slow: say which one/);
  for (const { id } of [one, two]) assert.match(err, new RegExp(`slow@${id}`));
  await shop.apply(`traceRequests: { slow@${two.id}: { bridge: red, limit: 7 } }`);
  assert.equal((await shop.client.traceRequests.get({ id: one.id })).limit, 100);
  assert.equal((await shop.client.traceRequests.get({ id: two.id })).limit, 7);
  // Under its id a thing can have another name.
  const renamed = await shop.apply(`traceRequests: { fast@${two.id}: { bridge: red, limit: 7 } }`);
  assert.match(renamed, /name: slow → fast/);
  assert.match(await shop.apply('traceRequests: { slow: { bridge: red }, fast: { bridge: red } }'), /1 change made/);
});

async function requestAt({ client }: Shop, bridge: string) {
  const [found] = await client.bridges.list({ query: { name: bridge } });
  return { name: 'slow', deviceType: 'BRIDGE', deviceId: found?.id ?? '' } as const;
}

test('a bridge and a router of one name, and names with slashes', limit, async () => {
  await using shop = await Shop.open();
  const { client } = shop;
  const bridge = await client.bridges.create({ body: { name: 'net' } });
  const odd = await client.bridges.create({ body: { name: 'a/b' } });
  const router = await client.routers.create({ body: { name: 'net' } });
  const near = await client.routers.createPort({ id: router.id, body: { vifId: 'p', portSubnet: ['10.0.0.1/24'] } });
  await client.bridges.createPort({ id: bridge.id, body: { vifId: 'p' } });
  const far = await client.bridges.createPort({ id: odd.id, body: { vifId: 'c/d' } });
  await client.ports.link({ id: near.id, body: { peerId: far.id } });
  const { out, err } = await shop.run('export');
  assert.equal(err, '');
  assert.match((await shop.run('diff', '-f', shop.file(out), '--prune')).out, /^nothing to change$/m);
  await using empty = await Shop.open();
  await empty.apply(out);
  assert.equal((await empty.run('export')).out, out);
});

const TWINS = `
bridges:
  net:
    ports: { p: {}, q: { peer: router:net/q } }
    macs: { 02:00:00:00:00:09: p }
  red: {}
  watch: { ports: { tap: {} } }
routers:
  net:
    ports:
      p: { addresses: [10.0.0.1/24], bridge: red, inbound: seen }
      q: { addresses: [10.0.1.1/24] }
    routes: [{ to: 10.9.0.0/16, port: p, via: 10.0.0.9 }]
chains:
  seen: [{ do: drop, traversed: router:net }, { do: accept, in-ports: "bridge:net/p,router:net/p" }]
portGroups: { both: { ports: [bridge:net/p, router:net/q] } }
mirrors: { tap: { to: watch/tap, when: [{ in-ports: router:net/p }] } }
insertions: [{ port: bridge:net/p, mac: 02:00:00:00:00:01, service: watch/tap }]
traceRequests: { slow: { port: router:net/p }, all: { router: net } }
`;

test('a bridge and a router of one name may have ports of one name', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(TWINS);
  for (const flags of [[], ['--prune']]) {
    assert.match((await shop.run('diff', '-f', shop.file(TWINS), ...flags)).out, /^nothing to change$/m);
  }
  const ports = await shop.client.ports.list();
  const port = (type: string, vifId: string) => ports.find((one) => one.type === type && one.vifId === vifId);
  assert.equal(port('Bridge', 'q')?.peerId, port('Router', 'q')?.id);
  assert.equal(port('Bridge', 'net/p')?.peerId, port('Router', 'p')?.id);
  const [group] = await shop.client.portGroups.list();
  assert.deepEqual(new Set(group?.portIds), new Set([port('Bridge', 'p')?.id, port('Router', 'q')?.id]));
  const { out, err } = await shop.run('export');
  assert.equal(err, '');
  assert.doesNotMatch(out, /@/);
  assert.match(out, /router:net\/q/);
  await using empty = await Shop.open();
  await empty.apply(out);
  assert.equal((await empty.run('export')).out, out);
  // What is printed says which one it is about.
  const other = TWINS.replace('ports: [bridge:net/p, router:net/q]', 'ports: [router:net/p]');
  const told = await shop.apply(other);
  for (const line of ['+ port router:net/p in', '- port bridge:net/p in', '- port router:net/q in']) {
    assert.ok(told.includes(line), told);
  }
});

test('a reference that a bridge and a router answer to is refused, with how to say which', limit, async () => {
  await using shop = await Shop.open();
  for (const [from, to, wanted] of [
    [
      'peer: router:net/q',
      'peer: net/q',
      /a bridge and a router have net\/q: say which one, bridge:net\/q or router:net\/q/,
    ],
    ['traversed: router:net', 'traversed: net', /a bridge and a router have net: say which one, bridge:net or/],
  ] as const) {
    const { code, err } = await shop.run('apply', '-f', shop.file(TWINS.replace(from, to)));
    assert.equal(code, err.includes('net.yaml') ? 2 : 4);
    assert.match(err, wanted);
  }
  assert.deepEqual(await shop.client.bridges.list(), []);
  await shop.apply(TWINS);
  assert.match((await shop.run('show', 'port', 'net/q')).err, /say which like device\/port or router:device\/port/);
  assert.match(await shop.ok('show', 'port', 'router:net/q'), /10\.0\.1\.1/);
  const rule = ['create', 'rule', 'seen', '--do', 'drop', '--traversed'];
  assert.match((await shop.run(...rule, 'net')).err, /"net" is 2 devices; say which like bridge:net/);
  await shop.ok(...rule, 'bridge:net');
});

test('names that begin like a kind are names', limit, async () => {
  await using shop = await Shop.open();
  const text = `
bridges: { router:x: { ports: { p: { peer: bridge:red/q } } }, red: { ports: { q: {} } } }
portGroups: { g: { ports: [router:x/p] } }
`;
  await shop.apply(text);
  const { out } = await shop.run('export');
  await using empty = await Shop.open();
  await empty.apply(out);
  assert.equal((await empty.run('export')).out, out);
});
