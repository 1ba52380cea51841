import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyKey, extractKey, FRAG_FIRST, FRAG_LATER, getField } from '@midonet/flow';
import { ethernet, frame, ipv4, ipv6, udp, type Ip4, type Ip6 } from '@midonet/packet';
import { frameOf, ip, mac } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { keyOf, Rig } from '../rig.ts';

/** A right frame and what breaks it; each must be malformed for extractKey. */
const BROKEN: readonly (readonly [string, () => Uint8Array])[] = [
  ['an IPv4 header cut short', () => frameOf('udp4').slice(0, 14 + 19)],
  ['IPv4 of version 5', () => changed(frameOf('udp4'), 14, 0x55)],
  ['an IPv4 header length of 4', () => changed(frameOf('udp4'), 14, 0x41)],
  ['an IPv4 total length past the end', () => changed(frameOf('udp4'), 16, 0x40)],
  ['a UDP header cut short', () => changed(frameOf('udp4'), 17, 24)],
  ['a TCP header cut short', () => changed(frameOf('tcp4'), 17, 32)],
  ['an ICMP header cut short', () => changed(frameOf('echo4'), 17, 24)],
  ['an IPv6 header cut short', () => frameOf('udp6').slice(0, 14 + 39)],
  ['an IPv6 payload past the end', () => changed(frameOf('udp6'), 18, 0x40)],
  ['an IPv6 extension past the end', () => changed(frameOf('udp6', { payload: 8 }), 20, 0, [54 + 1, 200])],
  ['an ARP cut short', () => frameOf('arp').slice(0, 14 + 27)],
];

function changed(bytes: Uint8Array, at: number, value: number, also?: readonly [number, number]): Uint8Array {
  bytes[at] = value;
  if (also !== undefined) bytes[also[0]] = also[1];
  return bytes;
}

const SRC4 = ip('10.0.0.1') as Ip4;
const DST4 = ip('10.0.0.2') as Ip4;
const ETH = ethernet({ src: mac('02:00:00:00:00:01'), dst: mac('02:00:00:00:00:02') });

const FRAGMENTS: readonly (readonly [string, Uint8Array, number])[] = [
  [
    'IPv4, first',
    frame(
      ETH,
      ipv4({ src: SRC4, dst: DST4, moreFragments: true, protocol: 17 }),
      udp({ srcPort: 5, dstPort: 6, length: 108 }),
      new Uint8Array(40),
    ),
    FRAG_FIRST,
  ],
  [
    'IPv4, later',
    frame(ETH, ipv4({ src: SRC4, dst: DST4, fragmentOffset: 48, protocol: 17 }), new Uint8Array(40).fill(0xaa)),
    FRAG_LATER,
  ],
  [
    'IPv6, first',
    frame(
      ETH,
      ipv6({
        src: ip('fd00::1') as Ip6,
        dst: ip('fd00::2') as Ip6,
        extensions: [{ kind: 'fragment', offset: 0, more: true, id: 9 }],
      }),
      udp({ srcPort: 5, dstPort: 6, length: 108 }),
      new Uint8Array(40),
    ),
    FRAG_FIRST,
  ],
  [
    'IPv6, later',
    frame(
      ETH,
      ipv6({
        src: ip('fd00::1') as Ip6,
        dst: ip('fd00::2') as Ip6,
        protocol: 17,
        extensions: [{ kind: 'fragment', offset: 48, more: false, id: 9 }],
      }),
      new Uint8Array(40).fill(0xaa),
    ),
    FRAG_LATER,
  ],
];

/** Frames nobody should send, and fragments, which people do. */
export function hostileSuite(maker: HarnessMaker): void {
  describe('malformed frames and fragments', () => {
    test('malformed frames are dropped and counted; nothing comes up, nothing goes out', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1)]));
        for (const [index, [name, make]] of BROKEN.entries()) {
          const bytes = make();
          assert.equal(extractKey(bytes, bytes.length, 1, 0, emptyKey()), 'malformed', name);
          rig.send(0, bytes);
          await rig.until(`${name} to be counted`, () => rig.datapath.counters().drops.malformed === index + 1);
        }
        assert.deepEqual(rig.interface(1).take(), []);
        assert.equal(rig.upcalls.length, 0);
      }));

    test('a VLAN tag cut short goes nowhere', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1)]));
        // Not counted everywhere: Linux drops it while it takes the tag out, before any program sees it.
        rig.send(0, frameOf('udp4', { vlans: [1] }).slice(0, 16));
        const good = frameOf('udp4');
        rig.send(0, good);
        await rig.expectOut(1, [good]);
        assert.equal(rig.upcalls.length, 0);
      }));

    for (const [name, bytes, frag] of FRAGMENTS) {
      test(`${name} fragment: its key says so, it is forwarded and its addresses rewritten`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          rig.send(0, bytes);
          const upcall = await rig.oneUpcall();
          assert.deepEqual(upcall.key, keyOf(bytes, rig.port(0)));
          assert.equal(getField(upcall.key, 'ipFrag'), frag);
          rig.put(rig.exact(bytes, rig.port(0), [{ kind: 'decTtl', by: 1 }, rig.output(1), rig.tunnel(0, 8)]));
          rig.send(0, bytes);
          const expected = bytes.slice();
          const isIpv4 = name.startsWith('IPv4');
          const ttl = isIpv4 ? 22 : 21;
          expected[ttl] = 63;
          // TTL stands in the high octet of its word: one less there is one more in the checksum.
          if (isIpv4) expected.set(addOnes(expected, 24, 0x0100), 24);
          await rig.expectOut(1, [expected]);
          await rig.expectTunnelled(0, [{ tunnelKey: 8, frame: expected }]);
        }));
    }
  });
}

function addOnes(bytes: Uint8Array, at: number, more: number): Uint8Array {
  const sum = ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0) + more;
  const folded = (sum & 0xffff) + (sum >>> 16);
  return Uint8Array.of(folded >>> 8, folded & 255);
}
