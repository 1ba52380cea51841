import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ethernet, frame, ipv4, parseIp4, tcp, vlan, type Ip4, type Mac } from '@midonet/packet';
import { extractKey } from './extract-key.ts';
import { emptyKey, emptyMask, type FlowKey } from './flow-key.ts';
import { PacketReader } from './packet-reader.ts';
import { printActions } from './print-actions.ts';
import { printKey, printMask } from './print-key.ts';
import { VLAN_PRESENT } from './key-layout.ts';

const src = 0x020000000001 as Mac;
const dst = 0x020000000002 as Mac;
const other = 0x0200000000ff as Mac;
const a = parseIp4('10.1.2.3') as Ip4;
const b = parseIp4('10.9.8.7') as Ip4;
const reader = new PacketReader();

function keyOf(...tags: ReturnType<typeof vlan>[]): FlowKey {
  const bytes = frame(ethernet({ src, dst }), ...tags, ipv4({ src: a, dst: b }), tcp({ srcPort: 1, dstPort: 2 }));
  const key = emptyKey();
  assert.equal(extractKey(bytes, bytes.length, 3, 0, key), 'ok');
  return key;
}

beforeEach(() => {
  reader.reset(keyOf());
});

const seen = (): string => printMask(reader.mask);
const since = (mark = reader.start): string => {
  const rewrites = reader.rewritesSince(mark);
  return rewrites === undefined ? 'impossible' : printActions(rewrites);
};

test('nothing read, nothing marked; a read marks its own bits and what says they are there', () => {
  assert.equal(seen(), 'nothing');
  assert.equal(reader.ethDst(), dst);
  assert.equal(seen(), 'ethDst');
  assert.equal(reader.ipDst(16), parseIp4('10.9.0.0'));
  assert.equal(seen(), 'ethType ethDst ipDst/16');
  assert.equal(reader.l4Dst(), 2);
  assert.equal(seen(), 'ethType ipProto ipFrag l4Dst ethDst ipDst/16');
  assert.equal(reader.inPort(), 3);
  assert.equal(seen(), 'inPort ethType ipProto ipFrag l4Dst ethDst ipDst/16');
});

test('single bits: group addresses, tagged or not', () => {
  assert.ok(!reader.ethSrcIsGroup() && !reader.ethDstIsGroup() && !reader.isTagged());
  const expected = emptyMask();
  expected[4] = 0x0100_0100;
  expected[5] = VLAN_PRESENT;
  assert.deepEqual(reader.mask, expected);
});

test('a field the path has written is known: reading it marks nothing', () => {
  reader.setEthDst(other);
  reader.setIpDst(a);
  assert.equal(reader.ethDst(), other);
  assert.equal(reader.ipDst(), a);
  assert.equal(seen(), 'ethType');
  assert.equal(since(), 'set ethDst 02:00:00:00:00:ff, set ipDst 10.1.2.3');
});

test('a write of the value that was there is an action all the same', () => {
  reader.setEthSrc(src);
  assert.equal(since(), 'set ethSrc 02:00:00:00:00:01');
  assert.equal(seen(), 'nothing');
});

test('ECN: two bits are marked, and none once the field is written', () => {
  reader.reset(keyOf());
  assert.equal(reader.ipEcn(), 0);
  const expected = emptyMask();
  expected[5] = 0xffff0000;
  expected[6] = 0x0003_0000;
  assert.deepEqual(reader.mask, expected);
  reader.reset(keyOf());
  reader.setIpTos(0xb9);
  assert.equal(reader.ipEcn(), 1);
  assert.equal(seen(), 'ethType');
});

test('look-ups mark as many bits as the table examined', () => {
  const table = { lookup: (words: Uint32Array, offset: number) => ({ examinedBits: 19, word: words[offset] }) };
  assert.equal(reader.lookupIpDst(table).word, b);
  assert.equal(seen(), 'ethType ipDst/19');
});

test('TTL: forwarding marks nothing and counts, expiry marks the field', () => {
  assert.ok(reader.decTtl() && reader.decTtl());
  assert.equal(reader.ttlAbove, 2);
  assert.equal(seen(), 'ethType');
  assert.equal(since(), 'ttl -2');
  const key = keyOf();
  key[6] = ((key[6] ?? 0) & 0xffff00ff) | 0x0200;
  reader.reset(key);
  assert.ok(reader.decTtl());
  assert.ok(!reader.decTtl());
  assert.equal(seen(), 'ethType ipTtl');
  assert.equal(reader.ttlAbove, 1);
});

test('branches: rewrites between emits, and values set back', () => {
  const before = reader.mark();
  reader.setEthDst(other);
  const first = reader.mark();
  assert.equal(since(before), 'set ethDst 02:00:00:00:00:ff');
  assert.equal(since(first), 'drop');
  reader.restore(before);
  assert.equal(seen(), 'nothing');
  assert.equal(since(first), 'set ethDst 02:00:00:00:00:02');
  assert.equal(seen(), 'ethDst');
});

test('branches: TTL and popped tags cannot come back in place', () => {
  reader.reset(keyOf(vlan({ id: 5 })));
  const before = reader.mark();
  reader.decTtl();
  const routed = reader.mark();
  reader.restore(before);
  assert.equal(since(routed), 'impossible');
  assert.ok(reader.popVlan());
  const popped = reader.mark();
  reader.restore(reader.start);
  assert.equal(since(popped), 'impossible');
  assert.equal(reader.vlanId(), 5);
});

test('tags pushed and popped show the right outermost tag and type', () => {
  reader.reset(keyOf(vlan({ id: 5, priority: 3 })));
  assert.equal(reader.vlanId(), 5);
  assert.ok(reader.pushVlan(0x2009));
  assert.deepEqual([reader.vlanTci(), reader.ethType()], [0x3009, 0x8100]);
  const pushed = reader.mark();
  assert.equal(since(), 'push vlan 9 pcp 1');
  reader.popVlan();
  reader.popVlan();
  assert.deepEqual([reader.isTagged(), reader.vlanTci(), reader.ethType()], [false, 0, 0x0800]);
  assert.equal(since(), 'pop vlan');
  assert.equal(since(pushed), 'pop vlan, pop vlan');
  assert.ok(!reader.popVlan());
  for (let i = 0; i < 4; i++) assert.ok(reader.pushVlan(i));
  assert.ok(!reader.pushVlan(4));
  assert.equal(since(), 'pop vlan, push vlan 0, push vlan 1, push vlan 2, push vlan 3');
});

test('reset forgets everything', () => {
  reader.ipTtl();
  reader.setL4Dst(9);
  reader.decTtl();
  reader.pushVlan(1);
  reader.reset(keyOf());
  assert.equal(seen(), 'nothing');
  assert.equal(since(), 'drop');
  assert.equal(reader.ttlAbove, 0);
  assert.deepEqual([reader.l4Dst(), reader.ipTtl(), reader.vlanTci()], [2, 64, 0]);
});

test('keys and matches on one line', () => {
  const key = keyOf();
  const macs = 'src 02:00:00:00:00:01 dst 02:00:00:00:00:02';
  assert.equal(printKey(key), `in 3 ${macs} ipv4 10.1.2.3 > 10.9.8.7 tcp ttl 64 sport 1 dport 2`);
  assert.equal(printKey(key, reader.mask), 'any');
  reader.ethDst();
  reader.ipDst(16);
  reader.isTagged();
  assert.equal(printKey(key, reader.mask), 'dst 02:00:00:00:00:02 untagged ipv4 any > 10.9.8.7/16');
});
