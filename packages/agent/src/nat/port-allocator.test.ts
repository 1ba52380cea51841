import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo } from '@midonet/flow';
import { IP_PROTOCOL } from '@midonet/packet';
import { address, NatRig, range, ROUTER, TCP, UDP } from '../../test/nat-rig.ts';

const PUBLIC = '203.0.113.1';
const HIGH = [range(PUBLIC, '1024-65535')];

for (const [rfc, proto] of [
  ['RFC 4787 REQ-1: UDP', UDP],
  ['RFC 5382 REQ-1: TCP', TCP],
  ['RFC 5508 REQ-1: ICMP query ids', IP_PROTOCOL.icmp4],
] as const) {
  test(`${rfc}: an endpoint keeps its mapping whatever the destination`, () => {
    const rig = new NatRig().blocks(PUBLIC, 100);
    const to = proto === IP_PROTOCOL.icmp4 ? [0, 0] : [53, 443];
    const first = rig.opened(`10.0.0.1:5000 > 8.8.8.8:${to[0]}`, HIGH, proto);
    const second = rig.opened(`10.0.0.1:5000 > 9.9.9.9:${to[1]}`, HIGH, proto);
    assert.deepEqual([second.reply.dst, second.reply.dstPort], [first.reply.dst, first.reply.dstPort]);
    assert.notEqual(rig.port(`10.0.0.1:5002 > 9.9.9.9:${to[1]}`, HIGH, proto), first.reply.dstPort);
    rig.close(first);
    // The mapping stands as long as any of its connections.
    assert.equal(rig.port(`10.0.0.1:5000 > 1.1.1.1:${to[1]}`, HIGH, proto), second.reply.dstPort);
    assert.equal(rig.allocator.stats().reused, 2);
  });
}

test('RFC 4787 REQ-1: a mapping outside of what the rule allows, or of a lost block, is not kept', () => {
  const rig = new NatRig().blocks(PUBLIC, 100, 200);
  const first = rig.port('10.0.0.1:5000 > 8.8.8.8:53', HIGH);
  const narrow = [range(PUBLIC, '12800-12863')];
  const second = rig.port('10.0.0.1:5000 > 9.9.9.9:53', narrow);
  assert.ok(first >= 6400 && first < 6464 && second >= 12800 && second <= 12863);
  rig.allocator.loseBlock({ deviceId: ROUTER, address: address(PUBLIC), block: 100 });
  assert.equal(rig.port('10.0.0.1:5000 > 7.7.7.7:53', HIGH), second);
});

test('RFC 4787 REQ-2: an internal address keeps its external address while that has ports', () => {
  const ranges = [range('203.0.113.1 203.0.113.9', '1024-65535')];
  const rig = new NatRig().blocks('203.0.113.3', 100).blocks('203.0.113.5', 100).blocks('203.0.113.7', 100);
  const used = new Set<unknown>();
  for (let i = 0; i < 64; i++) used.add(rig.opened(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, ranges).reply.dst);
  assert.equal(used.size, 1);
  // Its ports are used up: better another address than a shared port.
  const next = rig.opened('10.0.0.1:6000 > 8.8.8.8:53', ranges).reply.dst;
  assert.ok(!used.has(next));
  assert.equal(rig.opened('10.0.0.1:6001 > 8.8.8.8:53', ranges).reply.dst, next);
});

for (const [rfc, proto] of [
  ['RFC 4787 REQ-3: UDP', UDP],
  ['RFC 5382 REQ-7: TCP', TCP],
  ['RFC 5508 REQ-1: ICMP query ids', IP_PROTOCOL.icmp6],
] as const) {
  test(`${rfc}: ports are shared only when none is unused, then towards other destinations, then it is exhausted`, () => {
    const v6 = proto === IP_PROTOCOL.icmp6;
    const external = v6 ? '2001:db8::1' : PUBLIC;
    const ranges = [range(external, '1024-65535')];
    const rig = new NatRig({ maxBlocks: 1 }).blocks(external, 100);
    const ends = (host: number, to: number): string =>
      v6 ? `[fd00::${host}]:7 > [2001:db8:1::${to}]:0` : `10.0.0.${host}:7 > 8.8.8.${to}:80`;
    const ports = new Set<number>();
    for (let host = 1; host <= 64; host++) ports.add(rig.port(ends(host, 1), ranges, proto));
    assert.equal(ports.size, 64);
    assert.equal(rig.allocator.stats().overloaded, 0);
    assert.equal(rig.connect(ends(65, 1), ranges, proto), 'exhausted');
    const shared = rig.opened(ends(65, 2), ranges, proto);
    assert.ok(ports.has(shared.reply.dstPort));
    assert.equal(rig.allocator.stats().overloaded, 1);
    // The endpoint that shares keeps its port too, but not towards whom the other sharer talks to.
    assert.equal(rig.port(ends(65, 3), ranges, proto), shared.reply.dstPort);
    assert.equal(rig.connect(ends(65, 1), ranges, proto), 'exhausted');
    const [some] = rig.open.values();
    assert.ok(some !== undefined);
    rig.close(some);
    assert.equal(rig.port(ends(65, 1), ranges, proto), some.reply.dstPort);
  });
}

test('RFC 4787 REQ-3 b: well-known ports stay below 1024 and others above, when the rule has both', () => {
  const all = [range(PUBLIC, '1-65535')];
  const rig = new NatRig().blocks(PUBLIC, 100, 3);
  assert.ok(rig.port('10.0.0.1:53 > 8.8.8.8:53', all) < 1024);
  assert.ok(rig.port('10.0.0.1:5353 > 8.8.8.8:53', all) >= 1024);
  assert.ok(rig.port('10.0.0.2:53 > 8.8.8.8:53', HIGH) >= 1024);
  // Neither at the price of no port at all.
  for (let i = 0; i < 63; i++) rig.port(`10.0.0.3:${i + 1} > 8.8.8.8:53`, all);
  assert.ok(rig.port('10.0.0.3:64 > 8.8.8.8:53', all) >= 1024);
});

test('RFC 4787 REQ-4: an even port stays even and an odd one odd, while there are such', () => {
  const rig = new NatRig().blocks(PUBLIC, 100);
  for (let i = 0; i < 32; i++) assert.equal(rig.port(`10.0.0.1:${5000 + 2 * i} > 8.8.8.8:53`, HIGH) % 2, 0);
  assert.equal(rig.port('10.0.0.1:5001 > 8.8.8.8:53', HIGH) % 2, 1);
  assert.equal(rig.port('10.0.0.1:6000 > 8.8.8.8:53', HIGH) % 2, 1);
});

test('the port that was released longest ago is used again first, over all blocks', () => {
  const rig = new NatRig().blocks(PUBLIC, 100, 101);
  const connections = Array.from({ length: 128 }, (_, i) => rig.opened(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, HIGH));
  const order = [70, 2, 98, 12, 64].map((i) => connections[i]!);
  for (const each of order) rig.close(each);
  for (const [i, each] of order.entries()) {
    assert.equal(rig.port(`10.0.0.2:${2 * i} > 8.8.8.8:53`, HIGH), each.reply.dstPort);
  }
});

test('a tuple that a connection of another kind answers to is left out', () => {
  const rig = new NatRig().blocks(PUBLIC, 100);
  const probe = rig.opened('10.0.0.1:5000 > 8.8.8.8:53', HIGH);
  rig.allocator.freed(probe); // still in the table
  const second = rig.opened('10.0.0.1:5000 > 8.8.8.8:53', HIGH);
  assert.notEqual(second.reply.dstPort, probe.reply.dstPort);
});

test('protocols of their own count apart: TCP and UDP have the same ports', () => {
  const rig = new NatRig().blocks(PUBLIC, 100);
  assert.equal(rig.port('10.0.0.1:5000 > 8.8.8.8:53', HIGH, UDP), rig.port('10.0.0.1:5000 > 8.8.8.8:53', HIGH, TCP));
});

test('ports 0 to 0 and protocols without ports: the address alone is chosen, without a block', () => {
  const rig = new NatRig();
  const still = [range('203.0.113.1 203.0.113.2', '0-0')];
  const first = rig.opened('10.0.0.1:5000 > 8.8.8.8:53', still);
  assert.equal(first.reply.dstPort, 5000);
  assert.equal(rig.opened('10.0.0.1:5001 > 8.8.8.8:53', still).reply.dst, first.reply.dst);
  assert.notEqual(rig.opened('10.0.0.2:5000 > 8.8.8.8:53', still).reply.dst, first.reply.dst);
  assert.equal(rig.connect('10.0.0.3:5000 > 8.8.8.8:53', still), 'exhausted');
  assert.equal(rig.port('10.0.0.1:0 > 8.8.8.8:0', HIGH, IP_PROTOCOL.gre), 0);
  assert.equal(rig.connect('10.0.0.2:0 > 8.8.8.8:0', HIGH, IP_PROTOCOL.gre), 'exhausted');
});

test('without a block the address to lease is named, with the range the rule gives', () => {
  const rig = new NatRig({ spread: 4 });
  const ranges = [range('203.0.113.1 203.0.113.3', '2000-3000')];
  assert.equal(rig.connect('10.0.0.1:5000 > 8.8.8.8:53', ranges), 'unleased');
  rig.allocator.wanted(ROUTER, address('203.0.113.2'));
  assert.deepEqual(rig.wanted, [
    { deviceId: ROUTER, address: address('203.0.113.2'), ports: { from: 2000, to: 3000 } },
  ]);
  // A block of which the rule has no port does not help.
  rig.blocks('203.0.113.2', 100);
  assert.equal(rig.connect('10.0.0.1:5000 > 8.8.8.8:53', ranges), 'unleased');
  rig.allocator.noneLeft(ROUTER, address('203.0.113.2'), { from: 2000, to: 3000 }, 1000);
  assert.deepEqual(rig.allocator.choose(rig.request('10.0.0.1:5000 > 8.8.8.8:53', ranges, UDP)), {
    kind: 'unleased',
    address: address('203.0.113.3'),
  });
  for (const last of [1, 3]) rig.allocator.noneLeft(ROUTER, address(`203.0.113.${last}`), { from: 1, to: 65535 }, 1000);
  assert.equal(rig.connect('10.0.0.1:5000 > 8.8.8.8:53', ranges), 'exhausted');
  rig.now = 1001;
  assert.equal(rig.connect('10.0.0.1:5000 > 8.8.8.8:53', ranges), 'unleased');
});

test('another block is asked for when less than a quarter of the ports is unused', () => {
  const rig = new NatRig().blocks(PUBLIC, 100);
  for (let i = 0; i < 48; i++) rig.port(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, HIGH);
  assert.equal(rig.wanted.length, 0);
  rig.port('10.0.0.1:6000 > 8.8.8.8:53', HIGH);
  assert.deepEqual(rig.wanted[0]?.ports, { from: 1024, to: 65535 });
  const asked = rig.wanted.length;
  rig.blocks(PUBLIC, 101);
  rig.port('10.0.0.1:6002 > 8.8.8.8:53', HIGH);
  assert.equal(rig.wanted.length, asked);
});

test('when an address has no block left, one of the next address is asked for, once', () => {
  const rig = new NatRig().blocks('203.0.113.1', 100);
  const ranges = [range('203.0.113.1 203.0.113.3', '1024-65535')];
  rig.allocator.noneLeft(ROUTER, address('203.0.113.1'), { from: 1024, to: 65535 }, 1e9);
  for (let i = 0; i < 49; i++) rig.port(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, ranges);
  assert.deepEqual(rig.wanted.at(-1)?.address, address('203.0.113.2'));
  rig.blocks('203.0.113.2', 7 + 16);
  const asked = rig.wanted.length;
  rig.port('10.0.0.1:6000 > 8.8.8.8:53', ranges);
  assert.equal(rig.wanted.length, asked);
});

test('idle blocks are given back after five minutes, not those that are needed soon', () => {
  const rig = new NatRig().blocks(PUBLIC, 100, 101, 102);
  const connections = Array.from({ length: 40 }, (_, i) => rig.opened(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, HIGH));
  rig.now = 299_999;
  assert.deepEqual(rig.allocator.giveBack(), []);
  rig.now = 300_000;
  assert.deepEqual(rig.allocator.giveBack().length, 1); // 24 of 64 unused would be less than half
  assert.equal(rig.allocator.stats().blocks, 2);
  for (const each of connections) rig.close(each);
  rig.now = 599_999;
  assert.equal(rig.allocator.giveBack().length, 1);
  rig.now = 600_000;
  assert.equal(rig.allocator.giveBack().length, 1);
  assert.deepEqual(rig.allocator.stats().addresses, []);
});

test('connections may come back before their blocks: what is in use is not given again', () => {
  const before = new NatRig().blocks(PUBLIC, 100);
  const kept = Array.from({ length: 60 }, (_, i) => before.opened(`10.0.0.1:${5000 + i} > 8.8.8.8:53`, HIGH));
  const rig = new NatRig();
  for (const each of kept) rig.allocator.taken(each);
  rig.blocks(PUBLIC, 100);
  const ports = new Set(kept.map(({ reply }) => reply.dstPort));
  for (let i = 0; i < 4; i++) {
    const port = rig.port(`10.0.0.2:${5000 + i} > 8.8.4.4:53`, HIGH);
    assert.ok(!ports.has(port));
    ports.add(port);
  }
  assert.deepEqual(rig.allocator.stats().addresses[0], {
    deviceId: ROUTER,
    address: address(PUBLIC),
    blocks: 1,
    used: 64,
    held: 64,
    leftInCloud: undefined,
  });
});

test('a packet that passes the device again gets no source that it has from before', () => {
  const rig = new NatRig().blocks(PUBLIC, 100);
  const request = rig.request('10.0.0.1:5000 > 8.8.8.8:53', HIGH, UDP);
  const first = rig.allocator.choose(request);
  assert.ok(first.kind === 'chosen');
  const besides = [answerTo(request, first.address, first.port)];
  const again = rig.allocator.choose({ ...request, besides });
  assert.ok(again.kind === 'chosen');
  assert.notEqual(again.port, first.port);
});
