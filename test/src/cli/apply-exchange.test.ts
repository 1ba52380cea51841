import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 120_000 };

/** Applies one file, then the other, which must change just what it prints; then nothing is left to change. */
async function exchanged(
  shop: Shop,
  {
    before,
    after,
    flags = [],
  }: { readonly before: string; readonly after: string; readonly flags?: readonly string[] },
): Promise<string> {
  await shop.apply(before);
  const told = await shop.apply(after, ...flags);
  const pruning = flags.filter((flag) => flag === '--prune');
  assert.match((await shop.run('diff', '-f', shop.file(after), ...pruning)).out, /nothing to change/);
  return told;
}

/** `red/web - one/x`, for each link. */
async function links(shop: Shop): Promise<string[]> {
  const ports = await shop.client.ports.list();
  return ports
    .flatMap(({ vifId, peerId }) => {
      const peer = ports.find(({ id }) => id === peerId);
      return peer === undefined || (vifId ?? '') > (peer.vifId ?? '') ? [] : `${vifId} ${peer.vifId}`;
    })
    .sort();
}

async function bindings(shop: Shop): Promise<string[]> {
  const [ports, hosts] = [await shop.client.ports.list(), await shop.client.hosts.list()];
  return ports
    .filter(({ hostId }) => hostId !== null)
    .map(
      ({ vifId, hostId, interfaceName }) => `${vifId} ${hosts.find(({ id }) => id === hostId)?.name} ${interfaceName}`,
    )
    .sort();
}

const four = (a: string, b: string, c: string, d: string): string => `
bridges:
  one: { ports: { a: ${a} } }
  two: { ports: { b: ${b} } }
  three: { ports: { c: ${c} } }
  four: { ports: { d: ${d} } }
`;

test('two links exchange their ends', limit, async () => {
  await using shop = await Shop.open();
  const before = four('{ peer: two/b }', '{}', '{ peer: four/d }', '{}');
  // Named at the same ends, at others, and only one of them, whose far end is in the file too.
  for (const [after, now] of [
    [four('{ peer: three/c }', '{ peer: four/d }', '{}', '{}'), ['a c', 'b d']],
    [four('{ peer: four/d }', '{}', '{ peer: two/b }', '{}'), ['a d', 'b c']],
    [four('{}', '{}', '{ peer: one/a }', '{ peer: two/b }'), ['a c', 'b d']],
    [four('{ peer: three/c }', '{}', '{ peer: one/a }', '{}'), ['a c']],
  ] as const) {
    const told = await exchanged(shop, { before, after });
    assert.match(
      told,
      now.length === 1 ? /link of port a .* to three\/c \(which leaves four\/d\)/ : /in one step \(link of/,
    );
    assert.deepEqual(await links(shop), now);
    const ports = await shop.client.ports.list();
    for (const { id, peerId } of ports) {
      if (peerId !== null) assert.equal(ports.find((one) => one.id === peerId)?.peerId, id, 'both ends agree');
    }
  }
});

test('a link that is in no file stays, and one port is not linked twice by a file', limit, async () => {
  await using shop = await Shop.open();
  await shop.apply(four('{ peer: two/b }', '{}', '{ peer: four/d }', '{}'));
  const refused = await shop.run('apply', '-f', shop.file('bridges: { one: { ports: { a: { peer: three/c } } } }'));
  assert.equal(refused.code, 7, refused.err);
  assert.match(refused.err, /three\/c is linked to four\/d: unlink it first, or name three\/c in the file/);
  assert.deepEqual(await links(shop), ['a b', 'c d'], 'all or nothing');
  const twice = await shop.run('diff', '-f', shop.file(four('{ peer: two/b }', '{}', '{ peer: two/b }', '{}')));
  assert.match(twice.err, /two\/b is linked to .* in the file too/);
});

test('interfaces and hosts change places, and a link with a binding', limit, async () => {
  await using shop = await Shop.open();
  for (const name of ['hv1', 'hv2']) await shop.client.hosts.create({ body: { name } });
  const at = (host: string, name: string): string => `{ host: ${host}, interface: ${name} }`;
  const before = four(at('hv1', 'x'), at('hv2', 'x'), at('hv1', 'y'), '{}');
  const cycle = four(at('hv2', 'x'), at('hv1', 'y'), at('hv1', 'x'), '{}');
  assert.match(await exchanged(shop, { before, after: cycle }), /in one step/);
  assert.deepEqual(await bindings(shop), ['a hv2 x', 'b hv1 y', 'c hv1 x']);
  const hosts = new Map((await shop.client.hosts.list()).map(({ id, name }) => [id, name]));
  const previous = (await shop.client.ports.list()).map(({ vifId, previousHostId }) => [
    vifId,
    hosts.get(previousHostId ?? ''),
  ]);
  assert.deepEqual(
    previous.sort().map(([, host]) => host),
    ['hv1', 'hv2', undefined, undefined],
    'where it was before, not where it is',
  );
  const wired = four('{ peer: two/b }', '{}', at('hv1', 'y'), at('hv1', 'x'));
  await exchanged(shop, {
    before: four('{ peer: three/c }', at('hv1', 'x'), '{ peer: one/a }', at('hv1', 'y')),
    after: wired.replace('{}', '{ peer: one/a }'),
  });
  assert.deepEqual(await bindings(shop), ['c hv1 y', 'd hv1 x']);
  assert.deepEqual(await links(shop), ['a b']);
});

test('VLANs of a bridge go round, and a new port gets what another leaves', limit, async () => {
  await using shop = await Shop.open();
  const vlans = (text: string): string => `bridges: { red: { ports: { ${text} } } }`;
  const before = vlans('a: { vlan: 1 }, b: { vlan: 2 }, c: { vlan: 3 }');
  await exchanged(shop, { before, after: vlans('a: { vlan: 2 }, b: { vlan: 3, up: false }, c: { vlan: 1 }, d: {}') });
  const after = vlans('new: { vlan: 2 }, a: { vlan: 3 }, b: { vlan: 4 }');
  await exchanged(shop, { before: after.replace('new: { vlan: 2 }, ', ''), after, flags: ['--prune'] });
  assert.deepEqual((await shop.client.ports.list()).map(({ vifId, vlanId }) => `${vifId} ${vlanId}`).sort(), [
    'a 3',
    'b 4',
    'new 2',
  ]);
  // Under another name.
  await exchanged(shop, { before: after, after: after.replace('new', 'other'), flags: ['--prune'] });
});

test('a linked port that is pruned leaves its VLAN to another, and its link', limit, async () => {
  const net = (ports: string, peer: string): string => `
bridges:
  red: { ports: { ${ports} } }
  far: { ports: { x: { peer: red/${peer} } } }
`;
  const before = net('a: { vlan: 1, peer: far/x }, b: { vlan: 2 }', 'a');
  for (const flags of [['--prune'], ['--prune', '--atomic']]) {
    await using shop = await Shop.open();
    for (const [ports, peer] of [
      ['b: { vlan: 1, peer: far/x }', 'b'],
      ['b: { vlan: 3 }, new: { vlan: 1, peer: far/x }', 'new'],
    ] as const) {
      await exchanged(shop, { before, after: net(ports, peer), flags });
      assert.deepEqual(await links(shop), [[peer, 'x'].join(' ')]);
      assert.ok((await shop.client.ports.list()).every(({ adminStateUp }) => adminStateUp));
      await shop.apply(net(ports.replace('vlan: 1', 'vlan: 4'), peer));
    }
  }
});

test('every port of a large bridge gives its VLAN to the next', limit, async () => {
  await using shop = await Shop.open();
  const COUNT = 510; // two operations for each
  const vlans = (shift: number): string => {
    const ports = Array.from({ length: COUNT }, (_, n) => `p${n}: { vlan: ${((n + shift) % COUNT) + 1} }`);
    return `bridges: { red: { ports: { ${ports.join(', ')} } } }`;
  };
  const red = await shop.client.bridges.create({ body: { name: 'red' } });
  const operations = Array.from({ length: COUNT }, (_, n) => ({
    ...({ method: 'POST', path: `/bridges/${red.id}/ports` } as const),
    body: { vifId: `p${n}`, vlanId: n + 1 },
  }));
  await shop.client.batch.run({ body: { operations } });
  assert.match(await shop.apply(vlans(1)), /~ in one step/);
  const now = new Map((await shop.client.ports.list()).map(({ vifId, vlanId }) => [vifId, vlanId]));
  assert.deepEqual([now.get('p0'), now.get('p1'), now.get(`p${COUNT - 1}`)], [2, 3, 1]);
  assert.match((await shop.run('diff', '-f', shop.file(vlans(1)))).out, /nothing to change/);
});

test('VIPs exchange addresses and pools', limit, async () => {
  await using shop = await Shop.open();
  const net = (vips: string): string => `
routers:
  edge:
    balancer:
      pools: { tcp: {}, udp: { protocol: udp } }
      vips: { ${vips} }
`;
  const before = net(
    'a: { at: "10.0.0.1:80", pool: tcp }, b: { at: "10.0.0.2:80", pool: tcp }, c: { at: "10.0.0.1:80", pool: udp }',
  );
  const ids = async (): Promise<unknown> =>
    (await shop.client.vips.list()).map(({ id, name }) => `${name} ${id}`).sort();
  await shop.apply(before);
  const made = await ids();
  const after = net(
    'a: { at: "10.0.0.2:80", pool: tcp }, b: { at: "10.0.0.1:80", pool: udp }, c: { at: "10.0.0.1:80", pool: tcp }',
  );
  await exchanged(shop, { before, after });
  assert.deepEqual(await ids(), made, 'they are the same ones');
  const more = net('new: { at: "10.0.0.11:80", pool: tcp }, a: { at: "10.0.0.12:80", pool: tcp }');
  await exchanged(shop, {
    before,
    after: net('new: { at: "10.0.0.1:80", pool: tcp }, a: { at: "10.0.0.9:80", pool: tcp }'),
  });
  await exchanged(shop, { before: more, after: more.replace('0.11', '0.13').replace('0.12', '0.11') });
});

test('chains exchange their jumps', limit, async () => {
  await using shop = await Shop.open();
  const chains = (a: string, b: string, c: string): string => `
chains:
  a: [${a}]
  b: [${b}]
  c: [${c}]
`;
  const jumps = async (): Promise<string[]> => {
    const all = await shop.client.chains.list();
    const rules = await Promise.all(
      all.map(async ({ id, name }) => (await shop.client.chains.rules({ id })).map((rule) => [name, rule] as const)),
    );
    return rules.flat().flatMap(([name, { jumpChainId }]) => {
      const to = all.find(({ id }) => id === jumpChainId)?.name;
      return to === undefined ? [] : `${name}>${to}`;
    });
  };
  const to = (name: string, proto = 'tcp'): string => `{ jump: ${name}, proto: ${proto} }`;
  for (const [before, after, now] of [
    // One comes and one goes, whichever chain is first in the file.
    [chains(to('b'), '', ''), chains('', to('a'), ''), ['b>a']],
    [chains('', to('a'), ''), chains(to('b'), '', ''), ['a>b']],
    // Rules change in place: from one jump to another, and to none.
    [chains(to('c'), to('a'), ''), chains(to('b'), to('c'), ''), ['a>b', 'b>c']],
    [chains(to('c'), to('a'), '{ do: drop }'), chains('{ do: drop }', to('c'), to('a')), ['b>c', 'c>a']],
    [chains(to('b'), '{ do: accept }', ''), chains('{ do: accept }', to('a'), ''), ['b>a']],
  ] as const) {
    await exchanged(shop, { before, after });
    assert.deepEqual((await jumps()).sort(), now);
    await shop.apply(chains('', '', ''));
  }
});

test('a pool goes from IPv4 to IPv6 with its members and VIPs', limit, async () => {
  await using shop = await Shop.open();
  const net = (members: string, vips: string): string => `
routers:
  edge:
    balancer:
      pools: { web: { members: [${members}] } }
      vips: { ${vips} }
`;
  const before = net(
    '10.0.0.11:80, 10.0.0.12:80',
    'a: { at: "198.51.100.1:80", pool: web }, b: { at: "198.51.100.2:80", pool: web, sticky: source-ip }',
  );
  const after = net(
    '"[2001:db8::11]:80", "[2001:db8::12]:80"',
    'a: { at: "[2001:db8:1::1]:80", pool: web }, b: { at: "[2001:db8:1::2]:80", pool: web, sticky: source-ip }',
  );
  await shop.apply(before);
  const ids = async (): Promise<unknown> => (await shop.client.vips.list()).map(({ id, name }) => [name, id]).sort();
  const made = await ids();
  const told = await exchanged(shop, { before, after });
  assert.match(told, /~ pool web on router edge \(IP version: 4 → 6, .*VIP a: 198.51.100.1:80 → \[2001:db8:1::1\]:80/);
  assert.deepEqual(await ids(), made, 'the VIPs are the same ones');
  await exchanged(shop, { before: after, after: before });
  // A pool without members whose VIP turns while another comes, and members alone.
  for (const [from, to] of [
    [net('', 'a: { at: "198.51.100.1:80", pool: web }'), after],
    [net('10.0.0.11:80', ''), net('"[2001:db8::11]:80"', '')],
  ] as const) {
    await using fresh = await Shop.open();
    await exchanged(fresh, { before: from, after: to });
  }
});

test('a static row is never off while it changes', limit, async () => {
  await using shop = await Shop.open();
  const rows = (mac: string, port: string): string =>
    `bridges: { red: { ports: { a: {}, b: {} }, arp: { 10.0.0.9: "${mac}" }, macs: { "02:00:00:00:00:09": ${port}, "02:00:00:00:00:08": { port: ${port}, vlan: 7 } } } }`;
  await exchanged(shop, { before: rows('02:00:00:00:00:01', 'a'), after: rows('02:00:00:00:00:02', 'b') });
  const [red] = await shop.client.bridges.list();
  assert.deepEqual(
    (await shop.client.arpTable.list({ id: red?.id ?? '' })).map(({ mac }) => mac),
    ['02:00:00:00:00:02'],
  );
});
