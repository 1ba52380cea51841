import fc, { type Arbitrary } from 'fast-check';
import {
  ethernet,
  frame,
  ipv4,
  ipv4Size,
  ipv6,
  isIcmp4Error,
  vlan,
  vxlan,
  type FramePart,
  type Header,
  type Ipv4,
  type Ipv6,
} from '../src/index.ts';
import * as any from './arbitraries.ts';
import { dhcp6Message } from './dhcp6-arbitrary.ts';

/** Whole sound frames over all protocols, as parts for `frame()`; tunnels nest once. */

const ipv4Whole: Arbitrary<Ipv4> = any.ipv4Header.map((header) =>
  ipv4({ ...header, moreFragments: false, fragmentOffset: 0 }),
);
const ipv6Whole: Arbitrary<Ipv6> = any.ipv6Header.map((header) =>
  ipv6({ ...header, extensions: header.extensions.filter((extension) => extension.kind !== 'fragment') }),
);

const tcpParts = fc.tuple(any.tcpHeader, any.payload);
const udpParts = fc.tuple(
  any.udpHeader
    .map((header) => ({ ...header, length: 0 }))
    .filter((header) => plainPort(header.srcPort, header.dstPort)),
  any.payload,
);
const dhcpParts = any.dhcp4Message.map(
  (message) => [{ kind: 'udp', srcPort: 68, dstPort: 67, length: 0 }, message] as const,
);
const dhcp6Parts = dhcp6Message.map(
  (message) => [{ kind: 'udp', srcPort: 546, dstPort: 547, length: 0 }, message] as const,
);
const echo4 = fc.tuple(any.icmp4Message, any.payload).map(([message, rest]): FramePart[] => {
  const echo =
    message.kind === 'echoRequest' ||
    message.kind === 'echoReply' ||
    (message.kind === 'unknown' && !isIcmp4Error(message.type));
  // An error quotes a packet: its header and 8 bytes.
  const quoted = frame(ipv4({ src: 0x0a000001 as never, dst: 0x0a000002 as never, protocol: 6 }), new Uint8Array(8));
  return [{ kind: 'icmp4', message }, echo ? rest : quoted];
});
const message6 = fc.tuple(any.icmp6Message, any.payload).map(([message, rest]): FramePart[] => {
  const echo = message.kind === 'echoRequest' || message.kind === 'echoReply';
  return echo ? [{ kind: 'icmp6', message }, rest] : [{ kind: 'icmp6', message }];
});

function plainPort(...ports: number[]): boolean {
  return ports.every((port) => ![67, 68, 546, 547, 4789].includes(port));
}

function parts(...list: Arbitrary<readonly FramePart[]>[]): Arbitrary<readonly FramePart[]> {
  return fc.tuple(...list).map((lists) => lists.flat());
}

const one = (header: Arbitrary<Header>): Arbitrary<readonly FramePart[]> => header.map((value) => [value]);

const ip4Parts = parts(one(ipv4Whole), fc.oneof(tcpParts, udpParts, dhcpParts, echo4));
const ip6Parts = parts(one(ipv6Whole), fc.oneof(tcpParts, udpParts, dhcp6Parts, message6));
const fragmentParts = parts(
  one(any.ipv4Header.filter((header) => header.fragmentOffset > 0 && ipv4Size(header) === 20)),
  any.payload.map((bytes) => [bytes]),
);
const tags = fc.array(any.vlanHeader, { maxLength: 2 });

const plainFrame: Arbitrary<readonly FramePart[]> = parts(
  fc.tuple(any.ethernetHeader.map((header) => ethernet({ ...header, type: 0x88b5 }))),
  tags.map((list) => list.map((tag) => vlan({ ...tag, type: 0x88b5 }))),
  fc.oneof(
    one(any.arpHeader),
    ip4Parts,
    ip6Parts,
    fragmentParts,
    any.payload.map((bytes) => [bytes]),
  ),
);

const ethernetOnly = one(any.ethernetHeader);
const vxlanFrame = parts(
  ethernetOnly,
  one(ipv4Whole),
  fc.nat(0xffff).map((srcPort) => [{ kind: 'udp', srcPort, dstPort: 4789, length: 0 }, vxlan(srcPort)]),
  plainFrame,
);
const greFrame = parts(ethernetOnly, one(ipv4Whole), one(any.greHeader), fc.oneof(plainFrame, ip4Parts, ip6Parts));

export const frameParts: Arbitrary<readonly FramePart[]> = fc.oneof(
  { weight: 8, arbitrary: plainFrame },
  { weight: 1, arbitrary: vxlanFrame },
  { weight: 1, arbitrary: greFrame },
);

export const soundFrame: Arbitrary<Uint8Array> = frameParts.map((list) => frame(...list));

/** Sound frames damaged: cut short, bytes changed, pieces doubled or cut out; or noise. */
export const hostileFrame: Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(soundFrame, fc.nat(400)).map(([bytes, length]) => bytes.slice(0, length)),
  fc
    .tuple(soundFrame, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 6 }))
    .map(([bytes, changes]) => {
      const copy = bytes.slice();
      for (const [at, value] of changes) copy[at % Math.max(1, copy.length)] = value;
      return copy;
    }),
);

/** The same `count` frames for the same seed, for corpora. */
export function sampleFrames(seed: number, count: number): Uint8Array[] {
  return fc.sample(soundFrame, { seed, numRuns: count });
}
