import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ip4, ip6, mac } from '../../test/address-literals.ts';
import * as any from '../../testing/arbitraries.ts';
import { read16, write16 } from '../bytes.ts';
import { ethernet } from '../ethernet.ts';
import { frame, type FramePart } from '../frame.ts';
import { icmp4 } from '../icmp4.ts';
import { icmp6 } from '../icmp6.ts';
import { ipv4 } from '../ipv4.ts';
import { ipv6 } from '../ipv6.ts';
import { tcp } from '../tcp.ts';
import { udp } from '../udp.ts';
import { vlan } from '../vlan.ts';
import { emptyPlaces } from './locate.ts';
import {
  decTtl,
  placesOf,
  setEthDst,
  setEthSrc,
  setIcmpId,
  setIpDst,
  setIpSrc,
  setIpTos,
  setL4Dst,
  setL4Src,
} from './set-fields.ts';
import { popVlan, pushVlan } from './vlan-tags.ts';

const a = mac('02:00:00:00:00:01');
const b = mac('02:00:00:00:00:02');
const link = ethernet({ src: a, dst: b });
const hopByHop = { kind: 'generic', type: 0, body: new Uint8Array(6) } as const;
const payload = Uint8Array.of(1, 2, 3, 4, 5);

/** Every rewrite equals composing the frame with the new values: fields and checksums alike. */
test('rewriting equals composing anew, for TCP and UDP, both families, tagged and with extension headers', () => {
  fc.assert(
    fc.property(
      fc.tuple(any.ip4, any.ip4, any.ip6, any.ip6, fc.nat(0xffff), fc.nat(0xffff), fc.nat(255)),
      fc.constantFrom('udp4', 'tcp4', 'udp6', 'tcp6'),
      fc.boolean(),
      ([src, dst, src6, dst6, srcPort, dstPort, tos], kind, tagged) => {
        const upper = (ports: { srcPort: number; dstPort: number }): FramePart =>
          kind.startsWith('udp') ? udp(ports) : tcp({ ...ports, flags: 16, options: [{ kind: 'mss', mss: 1400 }] });
        const compose = (changed: boolean): Uint8Array => {
          const ip4Fields = changed
            ? { src, dst, tos, ttl: 61 }
            : { src: ip4('10.0.0.1'), dst: ip4('10.0.0.2'), ttl: 64 };
          const ip6Fields = changed
            ? { src: src6, dst: dst6, trafficClass: tos, hopLimit: 61 }
            : { src: ip6('fd00::1'), dst: ip6('fd00::2'), hopLimit: 64 };
          const ip = kind.endsWith('4')
            ? ipv4(ip4Fields)
            : ipv6({ ...ip6Fields, extensions: [hopByHop], flowLabel: 7 });
          const ports = changed ? { srcPort, dstPort } : { srcPort: 1000, dstPort: 2000 };
          const outer = changed ? ethernet({ src: b, dst: a }) : link;
          return frame(outer, ...(tagged ? [vlan({ id: 7 })] : []), ip, upper(ports), payload);
        };
        const bytes = compose(false);
        const places = placesOf(bytes, emptyPlaces());
        const family = kind.endsWith('4');
        assert.ok(setEthSrc(bytes, b) && setEthDst(bytes, a));
        assert.ok(setIpSrc(bytes, places, family ? src : src6) && setIpDst(bytes, places, family ? dst : dst6));
        assert.ok(setIpTos(bytes, places, tos) && decTtl(bytes, places, 3));
        assert.ok(setL4Src(bytes, places, srcPort) && setL4Dst(bytes, places, dstPort));
        assert.deepEqual(bytes, compose(true));
      },
    ),
    { numRuns: 400 },
  );
});

test('echo identifiers, both families', () => {
  const ip = {
    v4: ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2') }),
    v6: ipv6({ src: ip6('fd00::1'), dst: ip6('fd00::2') }),
  };
  const echo4 = (id: number): Uint8Array =>
    frame(link, ip.v4, icmp4({ kind: 'echoRequest', id, sequence: 3 }), payload);
  const echo6 = (id: number): Uint8Array => frame(link, ip.v6, icmp6({ kind: 'echoReply', id, sequence: 3 }), payload);
  for (const echo of [echo4, echo6]) {
    const bytes = echo(1);
    assert.ok(setIcmpId(bytes, placesOf(bytes, emptyPlaces()), 0xfffe));
    assert.deepEqual(bytes, echo(0xfffe));
  }
  const error = frame(link, ip.v4, icmp4({ kind: 'timeExceeded', code: 0 }), payload);
  assert.ok(!setIcmpId(error, placesOf(error, emptyPlaces()), 1));
});

test('UDP without checksum stays without; a checksum that becomes zero is written as all ones', () => {
  const compose = (src: string): Uint8Array =>
    frame(link, ipv4({ src: ip4(src), dst: ip4('10.0.0.2') }), udp({ srcPort: 1, dstPort: 2 }), payload);
  const none = compose('10.0.0.1');
  write16(none, 40, 0);
  setIpSrc(none, placesOf(none, emptyPlaces()), ip4('10.9.9.9'));
  assert.equal(read16(none, 40), 0);
  // Choose the source port so that the sum comes out as zero.
  const bytes = compose('10.0.0.1');
  const places = placesOf(bytes, emptyPlaces());
  const port = (read16(bytes, 34) + read16(bytes, 40)) % 0xffff;
  setL4Src(bytes, places, port);
  assert.equal(read16(bytes, 40), 0xffff);
});

test('later fragments: addresses change, what looks like ports does not', () => {
  const data = Uint8Array.from({ length: 24 }, (_, i) => i);
  const bytes = frame(
    link,
    ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2'), protocol: 17, fragmentOffset: 8 }),
    data,
  );
  const six = frame(
    link,
    ipv6({
      src: ip6('fd00::1'),
      dst: ip6('fd00::2'),
      protocol: 6,
      extensions: [{ kind: 'fragment', offset: 8, more: true, id: 1 }],
    }),
    data,
  );
  for (const fragment of [bytes, six]) {
    const places = placesOf(fragment, emptyPlaces());
    assert.ok(!setL4Dst(fragment, places, 5));
    assert.ok(setIpSrc(fragment, places, fragment === bytes ? ip4('9.9.9.9') : ip6('fd09::9')));
    assert.deepEqual(fragment.slice(-24), data);
  }
});

test('TTL is not taken below one; ARP and short frames are left alone', () => {
  const bytes = frame(
    link,
    ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2'), ttl: 2 }),
    udp({ srcPort: 1, dstPort: 2 }),
  );
  const before = bytes.slice();
  assert.ok(!decTtl(bytes, placesOf(bytes, emptyPlaces()), 2));
  assert.deepEqual(bytes, before);
  assert.ok(!setEthSrc(new Uint8Array(13), a));
  const arp = frame(link, {
    kind: 'arp',
    operation: 1,
    senderMac: a,
    senderIp: ip4('10.0.0.1'),
    targetMac: b,
    targetIp: ip4('10.0.0.2'),
  });
  assert.ok(!setIpSrc(arp, placesOf(arp, emptyPlaces()), ip4('9.9.9.9')));
});

test('tags are pushed and popped outermost, and the frame given stays as it was', () => {
  const bytes = frame(link, ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2') }), payload);
  const before = bytes.slice();
  const tagged = pushVlan(bytes, 0xe007);
  assert.deepEqual(
    tagged,
    frame(link, vlan({ id: 7, priority: 7 }), ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2') }), payload),
  );
  assert.deepEqual(popVlan(pushVlan(tagged, 9)), tagged);
  assert.deepEqual(popVlan(tagged), before);
  assert.equal(popVlan(bytes), bytes);
  assert.deepEqual(bytes, before);
});
