import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ethernet, frame, icmp4, ipv4, ipv6, parseIp4, parseIp6, parseMac, tcp, udp, vlan } from '@midonet/packet';
import { packetIdentity } from './packet-identity.ts';

const must = <T>(value: T | undefined): T => value ?? assert.fail();
const [src, dst] = [must(parseIp4('10.0.0.1')), must(parseIp4('10.0.0.2'))];
const [src6, dst6] = [must(parseIp6('fd00::1')), must(parseIp6('fd00::2'))];
const link = ethernet({ src: must(parseMac('02:00:00:00:00:01')), dst: must(parseMac('02:00:00:00:00:02')) });
const text = (word: string): Uint8Array => new TextEncoder().encode(word);

test('a packet is the same behind other link addresses, TTLs, checksums, lengths and tags', () => {
  const one = frame(
    link,
    ipv4({ src, dst, ttl: 64, id: 7 }),
    tcp({ srcPort: 1, dstPort: 2, sequence: 5 }),
    text('abcdef'),
  );
  const far = ethernet({ src: must(parseMac('02:00:00:00:00:03')), dst: must(parseMac('02:00:00:00:00:04')) });
  const cut = frame(far, ipv4({ src, dst, ttl: 62, id: 7 }), tcp({ srcPort: 1, dstPort: 2, sequence: 5 }), text('abc'));
  cut[24] = 0; // the checksum of IP
  assert.equal(packetIdentity(cut), packetIdentity(one));
  const tagged = frame(link, vlan({ id: 5 }), ipv4({ src, dst, id: 7 }), tcp({ srcPort: 1, dstPort: 2, sequence: 5 }));
  assert.equal(packetIdentity(tagged), packetIdentity(one));
  assert.equal(packetIdentity(one.subarray(0, 60)), packetIdentity(one));
});

test('packets of one connection differ, as do datagrams and echoes', () => {
  const all = [
    frame(link, ipv4({ src, dst, id: 7 }), tcp({ srcPort: 1, dstPort: 2, sequence: 5 })),
    frame(link, ipv4({ src, dst, id: 8 }), tcp({ srcPort: 1, dstPort: 2, sequence: 5 })),
    frame(link, ipv4({ src, dst, id: 7 }), tcp({ srcPort: 1, dstPort: 2, sequence: 6 })),
    frame(link, ipv4({ src: dst, dst: src, id: 7 }), tcp({ srcPort: 2, dstPort: 1, sequence: 5 })),
    frame(link, ipv4({ src, dst }), udp({ srcPort: 1, dstPort: 2 }), text('a')),
    frame(link, ipv4({ src, dst }), udp({ srcPort: 1, dstPort: 2 }), text('b')),
    frame(link, ipv4({ src, dst }), icmp4({ kind: 'echoRequest', id: 1, sequence: 1 })),
    frame(link, ipv4({ src, dst }), icmp4({ kind: 'echoRequest', id: 1, sequence: 2 })),
    frame(link, ipv6({ src: src6, dst: dst6 }), udp({ srcPort: 1, dstPort: 2 }), text('a')),
    frame(link, ipv6({ src: dst6, dst: src6 }), udp({ srcPort: 1, dstPort: 2 }), text('a')),
    frame(link, new Uint8Array(46)),
  ];
  const identities = new Set(all.map(packetIdentity));
  assert.equal(identities.size, all.length);
});

test('what is cut anywhere is told of without harm', () => {
  const whole = frame(link, ipv4({ src, dst }), tcp({ srcPort: 1, dstPort: 2 }));
  for (let length = 0; length <= whole.length; length++) {
    assert.match(packetIdentity(whole.subarray(0, length)), /^[0-9a-f]{16}$/);
  }
});
