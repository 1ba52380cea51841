import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, extractKey, PacketReader, NO_CONNECTIONS } from '@midonet/flow';
import { ethernet, frame, icmp4, icmp6, ipv4, ipv6, tcp, vlan } from '@midonet/packet';
import { arpRequest, conditionOf, ip4, ip6, mac, udpFrame, VirtualNetwork } from '@midonet/simulation/testing';
import type { ConditionText } from '@midonet/simulation/testing';
import type { PortId } from '@midonet/topology';
import fc from 'fast-check';
import { randomCondition, randomPacket, seededRandom } from '@midonet/simulation/testing';
import { Walk } from '../walk.ts';
import { ChainRun } from './chain-run.ts';
import { holds } from './evaluate.ts';
import { explain } from './explain.ts';
import { expressionOf } from './expression.ts';

const sent = () => ({ kind: 'sent' }) as const;

const a = { mac: '02:00:00:00:00:01', ip: '10.0.0.1', ip6: 'fd00::1' };
const b = { mac: '02:00:00:00:00:02', ip: '10.0.0.2', ip6: 'fd00::2' };
const link = ethernet({ dst: mac(b.mac), src: mac(a.mac) });
const ends = { src: ip4(a.ip), dst: ip4(b.ip) };
const quoted = udpFrame({ ...a, ip: '192.0.2.7' }, b.mac, '198.51.100.9').subarray(14, 42);
const quoted6 = udpFrame({ ...a, ip6: '2001:db8::7' }, b.mac, '2001:db8:1::9').subarray(14, 70);

const FRAMES = {
  udp4: udpFrame(a, b.mac, b.ip, { ports: [1000, 53], tos: 0x20 }),
  udp6: udpFrame(a, b.mac, b.ip6, { ports: [1000, 53] }),
  tcp4: frame(link, ipv4(ends), tcp({ srcPort: 1000, dstPort: 80 })),
  tagged: frame(link, vlan({ id: 7, type: 0x0800 }), ipv4(ends), tcp({ srcPort: 1000, dstPort: 80 })),
  echo4: frame(link, ipv4(ends), icmp4({ kind: 'echoRequest', id: 1, sequence: 1 })),
  error4: frame(link, ipv4(ends), icmp4({ kind: 'unreachable', code: 3, mtu: 0 }), quoted),
  error6: frame(link, ipv6({ src: ip6(a.ip6), dst: ip6(b.ip6) }), icmp6({ kind: 'unreachable', code: 4 }), quoted6),
  first: frame(link, ipv4({ ...ends, moreFragments: true }), tcp({ srcPort: 1000, dstPort: 80 })),
  later: frame(link, ipv4({ ...ends, fragmentOffset: 64, protocol: 6 }), new Uint8Array(24)),
  arp: arpRequest(a, b.ip),
} as const;
type FrameName = keyof typeof FRAMES;

const net = new VirtualNetwork();
const bridge = net.bridge('bridge');
const inside = net.vm(bridge, 'inside');
const outside = net.vm(bridge, 'outside');
const insiders = net.portGroup('insiders', inside);
const some = net.ipAddrGroup('some', a.ip, a.ip6);

type Result = { readonly fast: boolean; readonly mask: readonly number[]; readonly installable: boolean };

/** Both evaluators, which must agree in everything. The packet came in by `inside` and leaves by `outside`. */
function ask(text: ConditionText, bytes: Uint8Array, ports: { in?: PortId; out?: PortId } = {}): Result {
  const expression = expressionOf(conditionOf(text));
  const [fast, explained] = [holds, (...of: Parameters<typeof explain>) => explain(...of).holds].map((evaluate) => {
    const key = emptyKey();
    assert.equal(extractKey(bytes, bytes.length, 1, 0, key), 'ok');
    const reader = new PacketReader();
    reader.reset(key);
    const { topology, state } = net;
    const input = {
      key,
      frame: bytes,
      segmentLength: undefined,
      topology,
      state,
      connections: NO_CONNECTIONS,
      explain: false,
      terse: false,
    };
    const walk = new Walk(reader, { ...input, ingressPort: inside }, { leave: sent, enter: sent });
    walk.cross(inside);
    walk.cross(bridge);
    const run = new ChainRun(walk, ports.in ?? inside, 'out' in ports ? ports.out : outside);
    const value = evaluate(expression, run);
    const { installable, tags } = walk;
    return { fast: value, mask: [...reader.mask], installable, tags, missing: run.missing };
  });
  assert.deepEqual(fast, explained, 'the evaluators do not agree');
  if (fast === undefined) throw new Error('no result');
  return fast;
}

const names = Object.keys(FRAMES) as FrameName[];

const CASES: readonly (readonly [string, ConditionText, readonly FrameName[]])[] = [
  ['no condition', {}, names],
  ['inPorts', { inPorts: [inside] }, names],
  ['inPorts of others', { inPorts: [outside] }, []],
  ['outPorts', { outPorts: [outside, inside] }, names],
  ['portGroup', { portGroup: insiders }, names],
  ['inPortGroup', { inPortGroup: insiders }, names],
  ['outPortGroup', { outPortGroup: insiders }, []],
  ['traversedDevice', { traversedDevice: bridge }, names],
  ['traversedDevice elsewhere', { traversedDevice: outside }, []],
  ['nwDstRewritten', { nwDstRewritten: true }, []],
  ['noVlan', { noVlan: true }, names.filter((name) => name !== 'tagged')],
  ['vlan', { vlan: 7 }, ['tagged']],
  ['dlType', { dlType: 0x86dd }, ['udp6', 'error6']],
  ['dlSrc with mask', { dlSrc: '02:00:00:00:00:ff/ff:ff:ff:ff:ff:00' }, names],
  ['dlDst', { dlDst: b.mac }, names.filter((name) => name !== 'arp')],
  ['dlDst group bit', { dlDst: '01:00:00:00:00:00/01:00:00:00:00:00' }, ['arp']],
  ['nwTos', { nwTos: 0x20 }, ['udp4']],
  ['nwProto', { nwProto: 17 }, ['udp4', 'udp6']],
  ['nwProto is no ARP operation', { nwProto: 1 }, ['echo4', 'error4']],
  ['nwProto of ARP is its operation', { nwProto: 1, dlType: 0x0806 }, ['arp']],
  ['nwSrc', { nwSrc: '10.0.0.0/24' }, names.filter((name) => name !== 'udp6' && name !== 'error6')],
  ['nwDst of IPv6', { nwDst: 'fd00::/127' }, []],
  ['nwDst of IPv6, longer', { nwDst: 'fd00::2/127' }, ['udp6', 'error6']],
  ['every IPv6 address', { nwDst: '::/0' }, ['udp6', 'error6']],
  ['ipAddrGroupSrc', { ipAddrGroupSrc: some }, names],
  ['ipAddrGroupDst', { ipAddrGroupDst: some }, []],
  ['tpDst', { tpDst: 80 }, ['tcp4', 'tagged', 'first']],
  ['tpDst range', { tpDst: [50, 60] }, ['udp4', 'udp6']],
  ['tpSrc', { tpSrc: 1000 }, ['udp4', 'udp6', 'tcp4', 'tagged', 'first']],
  ['tpSrc is the type of ICMP', { tpSrc: 8, nwProto: 1 }, ['echo4']],
  ['tpDst is the code of ICMP', { tpDst: 3, nwProto: 1 }, ['error4']],
  ['tpDst 0 is not what later fragments or ARP have', { tpDst: 0 }, ['echo4']],
  ['unfragmented', { fragmentPolicy: 'unfragmented' }, names.filter((name) => name !== 'first' && name !== 'later')],
  ['header', { fragmentPolicy: 'header' }, names.filter((name) => name !== 'later')],
  ['nonheader', { fragmentPolicy: 'nonheader' }, ['later']],
  ['icmpDataSrc', { icmpDataSrc: '192.0.2.0/24' }, ['error4']],
  ['icmpDataDst of IPv6', { icmpDataDst: '2001:db8:1::/48' }, ['error6']],
  ['all of it', { nwSrc: '10.0.0.1/32', nwProto: 17, tpDst: 53, dlType: 0x0800 }, ['udp4']],
];

for (const [title, text, expected] of CASES) {
  test(`${title}: met by ${expected.length} of ${names.length} frames, inverted by the others`, () => {
    const met = (condition: ConditionText): FrameName[] => names.filter((name) => ask(condition, FRAMES[name]).fast);
    assert.deepEqual(
      met(text),
      names.filter((name) => expected.includes(name)),
    );
    const { fragmentPolicy, ...others } = text;
    if (fragmentPolicy !== undefined) return;
    const hidesPorts = text.tpSrc !== undefined || text.tpDst !== undefined;
    const inverted = names.filter((name) => !expected.includes(name) && !(hidesPorts && name === 'later'));
    assert.deepEqual(met({ ...text, invert: true }), inverted);
    const [only, ...more] = Object.keys(others) as (keyof typeof others)[];
    const single = only !== undefined && more.length === 0 && !['noVlan', 'vlan', 'nwDstRewritten'].includes(only);
    if (single) assert.deepEqual(met({ ...text, not: [only as never] }), inverted);
  });
}

test('a flood has no egress port, so only inverted tests of it hold', () => {
  assert.equal(ask({ outPorts: [outside] }, FRAMES.udp4, { out: undefined as never }).fast, false);
  assert.equal(ask({ outPorts: [outside], not: ['outPorts'] }, FRAMES.udp4, { out: undefined as never }).fast, true);
});

test('masks keep no more than what decided', () => {
  const masked = (text: ConditionText, name: FrameName): string =>
    ask(text, FRAMES[name])
      .mask.map((word) => word.toString(16))
      .join(' ')
      .replace(/( 0)+$/, '');
  assert.equal(masked({ inPorts: [inside] }, 'tcp4'), '0');
  // EtherType, and the address up to the first bit that differs: 10.… against 192.….
  assert.equal(masked({ nwSrc: '192.0.2.0/24' }, 'tcp4'), '0 0 0 0 0 ffff0000 0 0 0 80000000');
  assert.equal(masked({ nwSrc: '10.0.0.0/24' }, 'tcp4'), '0 0 0 0 0 ffff0000 0 0 0 ffffff00');
  // Another protocol: ports are not looked at.
  assert.equal(masked({ nwProto: 17, tpDst: 53 }, 'tcp4'), '0 0 0 0 0 ffff0000 ff000000');
  assert.equal(masked({ tpDst: 80 }, 'tcp4'), '0 0 0 0 0 ffff0000 ff0000ff ffff');
});

test('an inner packet is looked at only in ICMP errors, and makes the outcome good for one packet', () => {
  assert.equal(ask({ icmpDataSrc: '192.0.2.0/24' }, FRAMES.tcp4).installable, true);
  assert.equal(ask({ icmpDataSrc: '192.0.2.0/24' }, FRAMES.echo4).installable, true);
  assert.equal(ask({ icmpDataSrc: '192.0.2.0/24' }, FRAMES.error4).installable, false);
});

test('broadcasts of ARP carry the addresses they ask with', () => {
  assert.equal(ask({ dlDst: 'ff:ff:ff:ff:ff:ff', nwDst: '10.0.0.2/32' }, FRAMES.arp).fast, true);
});

test('both evaluators agree on random conditions and packets, in masks and tags too', () => {
  const answers = new Set<boolean>();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (seed) => {
      const random = seededRandom(seed);
      const of = { ports: [inside, outside], devices: [bridge], portGroups: [insiders], addressGroups: [some] };
      const bytes = randomPacket(random);
      if (extractKey(bytes, bytes.length, 1, 0, emptyKey()) !== 'ok') return;
      answers.add(ask(randomCondition(random, of), bytes).fast);
    }),
    { numRuns: 3000 },
  );
  assert.equal(answers.size, 2);
});
