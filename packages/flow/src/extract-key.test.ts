import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  arp,
  ethernet,
  frame,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  parseIp4,
  parseIp6,
  tcp,
  udp,
  vlan,
  type Extension,
  type FramePart,
  type Ip4,
  type Ip6,
  type Mac,
} from '@midonet/packet';
import { fuzz, hostileFrame, RUNS_BETWEEN_CHECKS, sampleFrames } from '@midonet/packet/testing';
import { runs as tries } from '@midonet/packet/testing/runs';
import { extractKey } from './extract-key.ts';
import {
  emptyKey,
  getField,
  keyEthDst,
  keyEthSrc,
  keyIpDst,
  keyIpSrc,
  type FlowKey,
  type KeyField,
} from './flow-key.ts';
import { ETHERTYPE_LLC, FRAG_FIRST, FRAG_LATER, FRAG_NONE, KEY_WORDS, PROTO_UNREADABLE } from './key-layout.ts';

const src = 0xfe0000000001 as Mac;
const dst = 0x0200000000ff as Mac;
const link = ethernet({ src, dst });
const a4 = parseIp4('10.0.0.1') as Ip4;
const b4 = parseIp4('200.0.0.2') as Ip4;
const a6 = parseIp6('fd00::a:1') as Ip6;
const b6 = parseIp6('2001:db8:ffff::2') as Ip6;
const ip = ipv4({ src: a4, dst: b4, tos: 0xb8, ttl: 63 });
const ip6 = ipv6({ src: a6, dst: b6, trafficClass: 0xb8, hopLimit: 63 });
const segment = tcp({ srcPort: 60000, dstPort: 443 });
const hop: Extension = { kind: 'generic', type: 0, body: new Uint8Array(6) };

/** Extracts over a key full of junk; every word must be written. */
function extract(bytes: Uint8Array, length = bytes.length): FlowKey | 'malformed' {
  const key = emptyKey();
  key.fill(0xdeadbeef);
  return extractKey(bytes, length, 7, 0x1234, key) === 'ok' ? key : 'malformed';
}

function check(parts: readonly FramePart[], fields: Partial<Record<KeyField, number>>): FlowKey {
  const key = extract(frame(...parts));
  assert.ok(key !== 'malformed');
  const defaults = {
    inPort: 7,
    tunnelKey: 0x1234,
    vlanTci: 0,
    ipProto: 0,
    ipTos: 0,
    ipTtl: 0,
    ipFrag: 0,
    l4Src: 0,
    l4Dst: 0,
    icmpId: 0,
  };
  for (const [name, value] of Object.entries({ ...defaults, ...fields })) {
    assert.equal(getField(key, name as KeyField), value, name);
  }
  assert.equal(keyEthSrc(key), src);
  assert.equal(keyEthDst(key), dst);
  assert.equal(key[17], 0);
  return key;
}

const common = { ipTos: 0xb8, ipTtl: 63 };

test('TCP on IPv4 and IPv6, tagged or not', () => {
  const fields = { ...common, ipProto: 6, l4Src: 60000, l4Dst: 443 };
  const key = check([link, ip, segment], { ...fields, ethType: 0x0800 });
  assert.deepEqual([keyIpSrc(key), keyIpDst(key)], [a4, b4]);
  assert.deepEqual([...key.slice(10, 13), ...key.slice(14, 17)], [0, 0, 0, 0, 0, 0]);
  const key6 = check([link, vlan({ id: 5, priority: 7, dropEligible: true }), ip6, segment], {
    ...fields,
    ethType: 0x86dd,
    vlanTci: 0xf005,
  });
  assert.deepEqual([keyIpSrc(key6), keyIpDst(key6)], [a6, b6]);
});

test('tags: priority tags count, service tags are tags, QinQ shows the inner type and nothing more', () => {
  const fields = { ...common, ethType: 0x0800, ipProto: 17, l4Src: 1, l4Dst: 2 };
  const datagram = udp({ srcPort: 1, dstPort: 2 });
  check([link, vlan({ id: 0 }), ip, datagram], { ...fields, vlanTci: 0x1000 });
  check([{ ...link, type: 0x88a8 }, vlan({ id: 9, tpid: 0x88a8 }), ip, datagram], { ...fields, vlanTci: 0x1009 });
  check([link, vlan({ id: 9, tpid: 0x88a8 }), vlan({ id: 8 }), ip, datagram], { ethType: 0x8100, vlanTci: 0x1009 });
});

test('802.3 lengths all become one type, tagged or not; other types stand as they are', () => {
  const llc = new Uint8Array(40);
  check([{ ...link, type: 38 }, llc], { ethType: ETHERTYPE_LLC });
  check([{ ...link, type: 0x05ff }, llc], { ethType: ETHERTYPE_LLC });
  check([link, vlan({ id: 3, type: 38 }), llc], { ethType: ETHERTYPE_LLC, vlanTci: 0x1003 });
  check([{ ...link, type: 0x0600 }, llc], { ethType: 0x0600 });
  check([{ ...link, type: 0x88cc }], { ethType: 0x88cc });
});

test('ARP, and ARP of other address kinds', () => {
  const request = arp({ operation: 0x0102, senderMac: src, senderIp: a4, targetMac: dst, targetIp: b4 });
  const key = check([link, request], { ethType: 0x0806, ipProto: 2 });
  assert.deepEqual([keyIpSrc(key), keyIpDst(key)], [a4, b4]);
  const other = frame(link, request);
  other[14] = 9;
  const key2 = extract(other);
  assert.ok(key2 !== 'malformed' && key2.slice(6).every((word) => word === 0));
  assert.equal(extract(frame(link, request).slice(0, 41)), 'malformed');
});

test('fragments of IPv4', () => {
  const first = { ...ip, moreFragments: true };
  check([link, first, segment], {
    ...common,
    ethType: 0x0800,
    ipProto: 6,
    ipFrag: FRAG_FIRST,
    l4Src: 60000,
    l4Dst: 443,
  });
  const later = { ...ip, fragmentOffset: 8, protocol: 6 };
  check([link, later, new Uint8Array(3)], { ...common, ethType: 0x0800, ipProto: 6, ipFrag: FRAG_LATER });
  assert.equal(extract(frame(link, { ...first, protocol: 6 }, new Uint8Array(8))), 'malformed');
});

test('IPv6 extension headers: fragments, atomic fragments, the bound, later fragments of anything', () => {
  const fragment = (offset: number, more: boolean): Extension => ({ kind: 'fragment', offset, more, id: 1 });
  const ports = { l4Src: 60000, l4Dst: 443 };
  const base = { ...common, ethType: 0x86dd, ipProto: 6 };
  check([link, { ...ip6, extensions: [hop, fragment(0, false), hop] }, segment], {
    ...base,
    ...ports,
    ipFrag: FRAG_NONE,
  });
  check([link, { ...ip6, extensions: [hop, fragment(0, true), hop] }, segment], {
    ...base,
    ...ports,
    ipFrag: FRAG_FIRST,
  });
  const later = { ...ip6, protocol: 60, extensions: [hop, fragment(8, true)] };
  check([link, later, new Uint8Array(5)], { ...base, ipProto: 60, ipFrag: FRAG_LATER });
  const six = new Array<Extension>(6).fill(hop);
  check([link, { ...ip6, extensions: six }, segment], { ...base, ...ports });
  check([link, { ...ip6, extensions: [...six, hop] }, segment], { ...base, ipProto: PROTO_UNREADABLE });
  const authentication: Extension = { kind: 'authentication', body: new Uint8Array(10) };
  check([link, { ...ip6, extensions: [authentication] }, segment], { ...base, ...ports });
});

test('ICMP: type and code; the id of echoes only; wrong family is just a protocol', () => {
  const echo = { kind: 'echoRequest', id: 0xfedc, sequence: 1 } as const;
  check([link, ip, icmp4(echo)], { ...common, ethType: 0x0800, ipProto: 1, l4Src: 8, icmpId: 0xfedc });
  check([link, ip6, icmp6({ ...echo, kind: 'echoReply' })], {
    ...common,
    ethType: 0x86dd,
    ipProto: 58,
    l4Src: 129,
    icmpId: 0xfedc,
  });
  check([link, ip, icmp4({ kind: 'unreachable', code: 4, mtu: 1400 })], {
    ...common,
    ethType: 0x0800,
    ipProto: 1,
    l4Src: 3,
    l4Dst: 4,
  });
  check([link, { ...ip6, protocol: 1 }, new Uint8Array(8).fill(8)], { ...common, ethType: 0x86dd, ipProto: 1 });
});

test('frames cut at any byte inside their headers are malformed, padding behind the packet is not', () => {
  const samples: [bytes: Uint8Array, headers: number][] = [
    [frame(link, vlan({ id: 4 }), ip, segment), 58],
    [frame(link, { ...ip6, extensions: [hop] }, udp({ srcPort: 1, dstPort: 2 })), 70],
    [frame(link, ip, icmp4({ kind: 'timeExceeded', code: 0 })), 42],
  ];
  for (const [bytes, headers] of samples) {
    assert.equal(bytes.length, headers);
    for (let length = 0; length < headers; length++) {
      assert.equal(extract(bytes.slice(0, length)), 'malformed', `cut at ${length}`);
      assert.equal(extract(bytes, length), 'malformed', `length ${length}`);
    }
    assert.deepEqual(extract(frame(bytes, new Uint8Array(9))), extract(bytes));
  }
});

test('a captured part is enough when the headers are in it', () => {
  const bytes = frame(link, ip, segment, new Uint8Array(1000));
  assert.deepEqual(extract(bytes.slice(0, 128), bytes.length), extract(bytes));
  assert.equal(extract(bytes.slice(0, 128)), 'malformed');
});

test('hostile bytes: never a throw, the same answer twice, no word above its field', () => {
  const checkKey = (bytes: Uint8Array): void => {
    const first = extract(bytes);
    assert.deepEqual(extract(bytes.slice()), first);
    if (first === 'malformed') return;
    assert.equal(first.length, KEY_WORDS);
    assert.ok((first[8] ?? 0) % 0x10000 === 0 && first[17] === 0);
    if (getField(first, 'ipFrag') === FRAG_LATER) assert.equal(first[7], 0);
  };
  fc.assert(fc.property(hostileFrame, checkKey), { numRuns: 1000 });
  let left = tries(60_000, 20_000);
  const stop = (): boolean => (left -= RUNS_BETWEEN_CHECKS) < 0;
  const { findings, runs } = fuzz(checkKey, { corpus: sampleFrames(2, 100), seed: 11, stop });
  assert.ok(runs > 100);
  assert.deepEqual(findings, []);
});

/**
 * Hot path: every upcall and every packet of the memory datapath. Measured on one 2.x GHz core: TCP
 * on IPv4 40 ns, on IPv6 60 ns, tagged IPv6 with an extension header 72 ns, mixed 56 ns. The bound
 * here is far above that, only to notice a change of kind (an allocation, a bigint).
 */
test('extraction takes well under a microsecond', () => {
  const frames = [frame(link, ip, segment), frame(link, vlan({ id: 1 }), { ...ip6, extensions: [hop] }, segment)];
  const key = emptyKey();
  const rounds = 100_000;
  let best = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) {
      const bytes = frames[i & 1];
      if (bytes !== undefined) extractKey(bytes, bytes.length, 1, 0, key);
    }
    best = Math.min(best, ((performance.now() - start) * 1e6) / rounds);
  }
  assert.ok(best < 1000, `${best} ns`);
});
