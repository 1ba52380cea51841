import fc, { type Arbitrary } from 'fast-check';
import {
  dhcp4,
  emitIpv4Options,
  ICMP6_TYPE,
  isExtension,
  isIcmp4Error,
  isNeighbourType,
  mask4,
  type Arp,
  type Dhcp4,
  type DhcpOption,
  type DhcpRoute,
  type Ethernet,
  type Extension,
  type Gre,
  type Icmp4Message,
  type Icmp6Message,
  type Ip4,
  type Ip6,
  type Ipv4,
  type Ipv6,
  type Mac,
  type NeighbourOption,
  type Tcp,
  type TcpOption,
  type Udp,
  type Vlan,
} from '../src/index.ts';

/** fast-check arbitraries of every value type: all of what the wire can carry and emit can write. */

/** Plain objects, so that what is parsed compares as equal. */
function record<T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });

export const mac: Arbitrary<Mac> = fc.integer({ min: 0, max: 0xffffffffffff }).map((value) => value as Mac);
export const ip4: Arbitrary<Ip4> = u32.map((value) => value as Ip4);
export const ip6: Arbitrary<Ip6> = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => value as Ip6);
export const payload = fc.uint8Array({ maxLength: 64 });

export const ethernetHeader: Arbitrary<Ethernet> = record({
  kind: fc.constant('ethernet'),
  dst: mac,
  src: mac,
  type: u16,
});

export const vlanHeader: Arbitrary<Vlan> = record({
  kind: fc.constant('vlan'),
  tpid: fc.constantFrom(0x8100, 0x88a8),
  priority: fc.nat(7),
  dropEligible: fc.boolean(),
  id: fc.nat(0xfff),
  type: u16,
});

export const arpHeader: Arbitrary<Arp> = record({
  kind: fc.constant('arp'),
  operation: u16,
  senderMac: mac,
  senderIp: ip4,
  targetMac: mac,
  targetIp: ip4,
});

const ipv4Option = record({
  type: fc.constantFrom(7, 68, 131, 137, 148, 200),
  data: fc.uint8Array({ maxLength: 9 }),
});

export const ipv4OptionList = fc.array(ipv4Option, { maxLength: 3 });

export const ipv4Header: Arbitrary<Ipv4> = record({
  kind: fc.constant('ipv4'),
  tos: u8,
  totalLength: fc.integer({ min: 60, max: 0xffff }),
  id: u16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff).map((units) => units * 8),
  ttl: u8,
  protocol: u8,
  src: ip4,
  dst: ip4,
  options: ipv4OptionList.map(emitIpv4Options),
});

function bodyOf(unit: number, extra: number): Arbitrary<Uint8Array> {
  return fc.nat(3).chain((n) => fc.uint8Array({ minLength: unit * n + extra, maxLength: unit * n + extra }));
}

const fragmentExtension: Arbitrary<Extension> = record({
  kind: fc.constant('fragment'),
  offset: fc.nat(0x1fff).map((units) => units * 8),
  more: fc.boolean(),
  id: u32,
});

const genericExtension: Arbitrary<Extension> = fc.oneof(
  record({ kind: fc.constant('generic'), type: fc.constantFrom(0, 43, 60, 135, 139, 140), body: bodyOf(8, 6) }),
  record({ kind: fc.constant('authentication'), body: bodyOf(4, 6) }),
);

/** No extension header follows the fragment header, so the walk means the same for any offset. */
export const extensions: Arbitrary<Extension[]> = fc
  .tuple(fc.array(genericExtension, { maxLength: 3 }), fc.option(fragmentExtension, { freq: 3 }))
  .map(([generic, fragment]) => (fragment === null ? generic : [...generic, fragment]));

export const ipv6Header: Arbitrary<Ipv6> = record({
  kind: fc.constant('ipv6'),
  trafficClass: u8,
  flowLabel: fc.nat(0xfffff),
  payloadLength: fc.integer({ min: 200, max: 0xffff }),
  hopLimit: u8,
  src: ip6,
  dst: ip6,
  extensions,
  protocol: u8.filter((protocol) => !isExtension(protocol)),
});

export const icmp4Message: Arbitrary<Icmp4Message> = fc.oneof(
  record({ kind: fc.constantFrom('echoRequest', 'echoReply'), id: u16, sequence: u16 }),
  record({ kind: fc.constant('unreachable'), code: u8, mtu: u16 }),
  record({ kind: fc.constant('timeExceeded'), code: u8 }),
  record({ kind: fc.constant('parameterProblem'), code: u8, pointer: u8 }),
  record({ kind: fc.constant('redirect'), code: u8, gateway: ip4 }),
  record({
    kind: fc.constant('unknown'),
    type: u8.filter((type) => type !== 0 && type !== 8 && (type === 4 || !isIcmp4Error(type))),
    code: u8,
    rest: u32,
  }),
);

export const neighbourOption: Arbitrary<NeighbourOption> = fc.oneof(
  record({ kind: fc.constantFrom('sourceMac', 'targetMac'), mac }),
  record({
    kind: fc.constant('prefix'),
    prefix: ip6,
    length: fc.nat(128),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    valid: u32,
    preferred: u32,
  }),
  record({ kind: fc.constant('mtu'), mtu: u32 }),
  record({ kind: fc.constant('dns'), lifetime: u32, servers: fc.array(ip6, { maxLength: 2 }) }),
  record({ kind: fc.constant('unknown'), type: fc.constantFrom(4, 14, 24, 31, 200), data: bodyOf(8, 6) }),
);

const neighbourOptions = fc.array(neighbourOption, { maxLength: 3 });

export const icmp6Message: Arbitrary<Icmp6Message> = fc.oneof(
  record({ kind: fc.constantFrom('echoRequest', 'echoReply'), id: u16, sequence: u16 }),
  record({ kind: fc.constant('unreachable'), code: u8 }),
  record({ kind: fc.constant('packetTooBig'), mtu: u32 }),
  record({ kind: fc.constant('timeExceeded'), code: u8 }),
  record({ kind: fc.constant('parameterProblem'), code: u8, pointer: u32 }),
  record({ kind: fc.constant('routerSolicitation'), options: neighbourOptions }),
  record({
    kind: fc.constant('routerAdvertisement'),
    hopLimit: u8,
    managed: fc.boolean(),
    otherConfig: fc.boolean(),
    lifetime: u16,
    reachable: u32,
    retransmit: u32,
    options: neighbourOptions,
  }),
  record({ kind: fc.constant('neighbourSolicitation'), target: ip6, options: neighbourOptions }),
  record({
    kind: fc.constant('neighbourAdvertisement'),
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    target: ip6,
    options: neighbourOptions,
  }),
  record({ kind: fc.constant('neighbourRedirect'), target: ip6, destination: ip6, options: neighbourOptions }),
  record({ kind: fc.constant('unknown'), type: u8.filter(isUnknownIcmp6), code: u8, rest: u32 }),
);

function isUnknownIcmp6(type: number): boolean {
  const known: readonly number[] = Object.values(ICMP6_TYPE);
  return !known.includes(type) && !isNeighbourType(type);
}

export const tcpOption: Arbitrary<TcpOption> = fc.oneof(
  fc.constant<TcpOption>({ kind: 'nop' }),
  record({ kind: fc.constant('mss'), mss: u16 }),
  record({ kind: fc.constant('windowScale'), shift: u8 }),
  fc.constant<TcpOption>({ kind: 'sackPermitted' }),
  record({
    kind: fc.constant('sack'),
    blocks: fc.array(record({ left: u32, right: u32 }), { minLength: 1, maxLength: 1 }),
  }),
  record({ kind: fc.constant('timestamps'), value: u32, echo: u32 }),
  record({
    kind: fc.constant('unknown'),
    type: fc.constantFrom(19, 28, 34, 254),
    data: fc.uint8Array({ maxLength: 6 }),
  }),
);

export const tcpHeader: Arbitrary<Tcp> = record({
  kind: fc.constant('tcp'),
  srcPort: u16,
  dstPort: u16,
  sequence: u32,
  acknowledgment: u32,
  flags: u8,
  window: u16,
  urgent: u16,
  options: fc.array(tcpOption, { maxLength: 4 }),
});

export const udpHeader: Arbitrary<Udp> = record({
  kind: fc.constant('udp'),
  srcPort: u16,
  dstPort: u16,
  length: fc.integer({ min: 8, max: 0xffff }),
});

export const greHeader: Arbitrary<Gre> = fc.record(
  { kind: fc.constant('gre'), protocol: u16, hasChecksum: fc.boolean(), key: u32, sequence: u32 },
  { noNullPrototype: true, requiredKeys: ['kind', 'protocol', 'hasChecksum'] },
);

const route: Arbitrary<DhcpRoute> = record({
  prefix: fc
    .tuple(ip4, fc.nat(32))
    .map(([address, length]) => ({ address: ((address & mask4(length)) >>> 0) as Ip4, length })),
  router: ip4,
});

const latin1 = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => String.fromCharCode(...bytes));

export const dhcpOption: Arbitrary<DhcpOption> = fc.oneof(
  record({ kind: fc.constant('messageType'), value: fc.constantFrom('discover', 'offer', 'request', 'ack', 'nak') }),
  record({ kind: fc.constantFrom('subnetMask', 'broadcast', 'requestedIp', 'serverId'), value: ip4 }),
  record({ kind: fc.constantFrom('routers', 'dnsServers', 'ntpServers'), value: fc.array(ip4, { maxLength: 4 }) }),
  record({ kind: fc.constantFrom('leaseSeconds', 'renewalSeconds', 'rebindingSeconds'), value: u32 }),
  record({ kind: fc.constantFrom('mtu', 'maxMessageSize'), value: u16 }),
  record({ kind: fc.constantFrom('hostName', 'domainName', 'message', 'vendorClass'), value: latin1 }),
  record({ kind: fc.constantFrom('parameters', 'clientId'), value: fc.uint8Array({ maxLength: 20 }) }),
  record({ kind: fc.constant('routes'), value: fc.array(route, { maxLength: 4 }) }),
  record({ kind: fc.constant('unknown'), code: fc.constantFrom(43, 82, 119, 224), value: payload }),
);

export const dhcp4Message: Arbitrary<Dhcp4> = record({
  op: fc.constantFrom('request', 'reply'),
  hops: u8,
  transaction: u32,
  seconds: u16,
  broadcast: fc.boolean(),
  clientIp: ip4,
  yourIp: ip4,
  serverIp: ip4,
  relayIp: ip4,
  clientMac: mac,
  options: fc.uniqueArray(dhcpOption, {
    maxLength: 6,
    selector: (option) => (option.kind === 'unknown' ? option.code : option.kind),
  }),
}).map(dhcp4);
