import { describe, test } from 'node:test';
import type { FlowAction } from '@midonet/flow';
import { frameOf, ip, mac, type FrameFields, type FrameKind } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

type Case = {
  readonly name: string;
  readonly kinds: readonly FrameKind[];
  readonly before?: FrameFields;
  readonly actions: readonly FlowAction[];
  readonly after: FrameFields;
};

const PORTED: readonly FrameKind[] = ['udp4', 'tcp4', 'udp6', 'tcp6'];
const IPV4: readonly FrameKind[] = ['udp4', 'tcp4', 'echo4'];
const IPV6: readonly FrameKind[] = ['udp6', 'tcp6', 'echo6'];
const ALL: readonly FrameKind[] = [...IPV4, ...IPV6, 'arp', 'other'];

const CASES: readonly Case[] = [
  { name: 'nothing', kinds: ALL, actions: [], after: {} },
  {
    name: 'both MACs',
    kinds: ALL,
    actions: [
      { kind: 'set', field: 'ethSrc', value: mac('02:aa:00:00:00:01') },
      { kind: 'set', field: 'ethDst', value: mac('02:bb:00:00:00:02') },
    ],
    after: { ethSrc: '02:aa:00:00:00:01', ethDst: '02:bb:00:00:00:02' },
  },
  { name: 'TTL', kinds: [...IPV4, ...IPV6], actions: [{ kind: 'decTtl', by: 1 }], after: { ttl: 63 } },
  { name: 'TTL by three', kinds: [...IPV4, ...IPV6], actions: [{ kind: 'decTtl', by: 3 }], after: { ttl: 61 } },
  {
    name: 'TOS',
    kinds: [...IPV4, ...IPV6],
    actions: [{ kind: 'set', field: 'ipTos', value: 0xb8 }],
    after: { tos: 0xb8 },
  },
  {
    name: 'TOS that keeps the ECN bits, behind a tag',
    kinds: [...IPV4, ...IPV6],
    before: { tos: 0x03, vlans: [42] },
    actions: [{ kind: 'set', field: 'ipTos', value: 0xbb }],
    after: { tos: 0xbb, vlans: [42] },
  },
  {
    name: 'IPv4 addresses',
    kinds: IPV4,
    actions: [
      { kind: 'set', field: 'ipSrc', value: ip('203.0.113.250') },
      { kind: 'set', field: 'ipDst', value: ip('198.51.100.7') },
    ],
    after: { ipSrc: '203.0.113.250', ipDst: '198.51.100.7' },
  },
  {
    name: 'IPv6 addresses',
    kinds: IPV6,
    actions: [
      { kind: 'set', field: 'ipSrc', value: ip('2001:db8:ffff::9') },
      { kind: 'set', field: 'ipDst', value: ip('2001:db8::1:2:3') },
    ],
    after: { ipSrc: '2001:db8:ffff::9', ipDst: '2001:db8::1:2:3' },
  },
  {
    name: 'ports',
    kinds: PORTED,
    actions: [
      { kind: 'set', field: 'l4Src', value: 65_000 },
      { kind: 'set', field: 'l4Dst', value: 8080 },
    ],
    after: { srcPort: 65_000, dstPort: 8080 },
  },
  {
    name: 'echo identifier',
    kinds: ['echo4', 'echo6'],
    actions: [{ kind: 'set', field: 'icmpId', value: 0xfffe }],
    after: { icmpId: 0xfffe },
  },
  { name: 'a tag pushed', kinds: ALL, actions: [{ kind: 'pushVlan', tci: 42 }], after: { vlans: [42] } },
  {
    name: 'a tag popped',
    kinds: ALL,
    before: { vlans: [42] },
    actions: [{ kind: 'popVlan' }],
    after: {},
  },
  {
    name: 'a tag exchanged',
    kinds: ALL,
    before: { vlans: [42] },
    actions: [{ kind: 'popVlan' }, { kind: 'pushVlan', tci: 43 }],
    after: { vlans: [43] },
  },
  {
    name: "a routed packet's: MACs, TTL, NAT",
    kinds: ['udp4', 'tcp4'],
    actions: [
      { kind: 'set', field: 'ethSrc', value: mac('02:aa:00:00:00:01') },
      { kind: 'set', field: 'ethDst', value: mac('02:bb:00:00:00:02') },
      { kind: 'decTtl', by: 1 },
      { kind: 'set', field: 'ipSrc', value: ip('192.0.2.1') },
      { kind: 'set', field: 'l4Src', value: 50_000 },
    ],
    after: {
      ethSrc: '02:aa:00:00:00:01',
      ethDst: '02:bb:00:00:00:02',
      ttl: 63,
      ipSrc: '192.0.2.1',
      srcPort: 50_000,
    },
  },
];

/** Every rewrite on every kind of frame, compared with a frame composed anew. */
export function rewriteSuite(maker: HarnessMaker): void {
  describe('rewrites', () => {
    for (const { name, kinds, before, actions, after } of CASES) {
      test(`${name}: ${kinds.join(', ')}`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          for (const kind of kinds) {
            const sent = frameOf(kind, before);
            rig.put(rig.exact(sent, rig.port(0), [...actions, rig.output(1)]));
            rig.send(0, sent);
            await rig.expectOut(1, [frameOf(kind, after)]);
          }
        }));
    }

    test('odd payload lengths keep their checksums', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        for (const payload of [19, 27, 101, 1399]) {
          const sent = frameOf('udp4', { payload });
          const actions: FlowAction[] = [{ kind: 'set', field: 'ipDst', value: ip('10.9.9.9') }, rig.output(1)];
          rig.put(rig.exact(sent, rig.port(0), actions));
          rig.send(0, sent);
          await rig.expectOut(1, [frameOf('udp4', { payload, ipDst: '10.9.9.9' })]);
        }
      }));

    test('UDP without a checksum keeps having none', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        sent.fill(0, 40, 42);
        rig.put(rig.exact(sent, rig.port(0), [{ kind: 'set', field: 'ipDst', value: ip('10.9.9.9') }, rig.output(1)]));
        rig.send(0, sent);
        const expected = frameOf('udp4', { ipDst: '10.9.9.9' });
        expected.fill(0, 40, 42);
        await rig.expectOut(1, [expected]);
      }));
  });
}
