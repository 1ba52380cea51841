import {
  dissect,
  formatIp4,
  formatIp6,
  formatMac,
  ipv6Fragment,
  read8,
  type Header,
  type Ipv4,
  type Ipv6,
} from '../src/index.ts';

/**
 * What tshark must print for a frame, by its own field names: every occurrence in order, joined by
 * commas, as `-T fields` does. Numbers are decimal on both sides, see `normalField`.
 */
export const TSHARK_FIELDS = [
  'eth.dst',
  'eth.src',
  'vlan.id',
  'vlan.priority',
  'ieee8021ad.id',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.proto',
  'ip.id',
  'ip.len',
  'ip.dsfield',
  'ip.flags.mf',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'ipv6.plen',
  'ipv6.flow',
  'ipv6.fraghdr.ident',
  'icmp.type',
  'icmp.code',
  'icmp.seq',
  'icmpv6.type',
  'icmpv6.code',
  'icmpv6.echo.identifier',
  'icmpv6.nd.ns.target_address',
  'icmpv6.nd.na.target_address',
  'icmpv6.nd.ra.router_lifetime',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.window_size_value',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'vxlan.vni',
  'gre.proto',
  'dhcp.id',
  'dhcp.ip.your',
  'dhcp.option.dhcp',
  'dhcpv6.msgtype',
] as const;

export type TsharkField = (typeof TSHARK_FIELDS)[number];
export type TsharkRecord = Partial<Record<TsharkField, string>>;

/** Preferences that make tshark read headers one by one, with checksums verified. */
export const TSHARK_OPTIONS = [
  '-n',
  ...[
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'tcp.relative_sequence_numbers:FALSE',
    'tcp.desegment_tcp_streams:FALSE',
  ].flatMap((preference) => ['-o', preference]),
  ...['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE'].flatMap((preference) => [
    '-o',
    preference,
  ]),
] as const;

const KNOWN_PROTOCOLS = new Set(
  (
    'eth ethertype vlan ieee8021ad arp ip ipv6 ipv6.hopopts ipv6.routing ipv6.fraghdr ipv6.dstopts ah mipv6 hip shim6 ' +
    'icmp icmpv6 tcp udp vxlan gre dhcp dhcpv6 data'
  ).split(' '),
);

/**
 * False when tshark took a payload for some application by its port (column frame.protocols): it
 * may then find headers inside that this package rightly does not look for.
 */
export function onlyKnownProtocols(protocols: string): boolean {
  return protocols.split(':').every((protocol) => KNOWN_PROTOCOLS.has(protocol));
}

type Emit = (field: TsharkField, value: string | number) => void;

/** Our reading of a frame in tshark's words. */
export function tsharkRecordOf(bytes: Uint8Array): TsharkRecord {
  const record: TsharkRecord = {};
  const emit: Emit = (field, value) => {
    const before = record[field];
    record[field] = before === undefined ? String(value) : `${before},${value}`;
  };
  for (const { header, offset, quoted } of dissect(bytes)) {
    if (header.kind === 'icmp4' || header.kind === 'icmp6') {
      const protocol = header.kind === 'icmp4' ? 'icmp' : 'icmpv6';
      emit(`${protocol}.type`, read8(bytes, offset));
      emit(`${protocol}.code`, read8(bytes, offset + 1));
    }
    if (header.kind !== 'payload' && header.kind !== 'malformed') describe(header, quoted, emit);
  }
  return record;
}

/** Hex and padded numbers as decimal, so that both sides compare as text. */
export function normalField(text: string): string {
  return text
    .split(',')
    .map((part) => (/^(0x[0-9a-f]+|[0-9]+)$/i.test(part) ? String(Number(part)) : part))
    .join(',');
}

function describe(header: Header, quoted: boolean, emit: Emit): void {
  switch (header.kind) {
    case 'ethernet':
      emit('eth.dst', formatMac(header.dst));
      emit('eth.src', formatMac(header.src));
      return;
    case 'vlan':
      if (header.tpid === 0x88a8) emit('ieee8021ad.id', header.id);
      else {
        emit('vlan.id', header.id);
        emit('vlan.priority', header.priority);
      }
      return;
    case 'arp':
      emit('arp.opcode', header.operation);
      emit('arp.src.hw_mac', formatMac(header.senderMac));
      emit('arp.src.proto_ipv4', formatIp4(header.senderIp));
      emit('arp.dst.hw_mac', formatMac(header.targetMac));
      emit('arp.dst.proto_ipv4', formatIp4(header.targetIp));
      return;
    case 'ipv4':
      describeIpv4(header, emit);
      return;
    case 'ipv6':
      describeIpv6(header, emit);
      return;
    case 'gre':
      emit('gre.proto', header.protocol);
      return;
    case 'vxlan':
      emit('vxlan.vni', header.vni);
      return;
    default:
      describeUpper(header, quoted, emit);
  }
}

function describeIpv4(header: Ipv4, emit: Emit): void {
  emit('ip.src', formatIp4(header.src));
  emit('ip.dst', formatIp4(header.dst));
  emit('ip.ttl', header.ttl);
  emit('ip.proto', header.protocol);
  emit('ip.id', header.id);
  emit('ip.len', header.totalLength);
  emit('ip.dsfield', header.tos);
  emit('ip.flags.mf', header.moreFragments ? 1 : 0);
  emit('ip.frag_offset', header.fragmentOffset / 8);
}

function describeIpv6(header: Ipv6, emit: Emit): void {
  emit('ipv6.src', formatIp6(header.src));
  emit('ipv6.dst', formatIp6(header.dst));
  emit('ipv6.hlim', header.hopLimit);
  emit('ipv6.plen', header.payloadLength);
  emit('ipv6.flow', header.flowLabel);
  const fragment = ipv6Fragment(header);
  if (fragment !== undefined) emit('ipv6.fraghdr.ident', fragment.id);
}

const DHCP_TYPES = ['', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'];

function describeUpper(header: Exclude<Header, Ipv4 | Ipv6>, quoted: boolean, emit: Emit): void {
  if (header.kind === 'tcp') {
    emit('tcp.srcport', header.srcPort);
    emit('tcp.dstport', header.dstPort);
    // What an ICMP error quotes of a segment may end behind the ports.
    if (quoted) return;
    emit('tcp.seq_raw', header.sequence);
    emit('tcp.window_size_value', header.window);
  } else if (header.kind === 'udp') {
    emit('udp.srcport', header.srcPort);
    emit('udp.dstport', header.dstPort);
    emit('udp.length', header.length);
  } else if (header.kind === 'dhcp4') {
    emit('dhcp.id', header.transaction);
    emit('dhcp.ip.your', formatIp4(header.yourIp));
    for (const option of header.options) {
      if (option.kind === 'messageType') emit('dhcp.option.dhcp', DHCP_TYPES.indexOf(option.value));
    }
  } else if (header.kind === 'dhcp6') emit('dhcpv6.msgtype', header.type);
  else if (header.kind === 'icmp6') describeIcmp6(header, emit);
  else if (header.kind === 'icmp4') {
    const { message } = header;
    if (message.kind === 'echoRequest' || message.kind === 'echoReply') emit('icmp.seq', message.sequence);
  }
}

function describeIcmp6({ message }: Extract<Header, { kind: 'icmp6' }>, emit: Emit): void {
  if (message.kind === 'echoRequest' || message.kind === 'echoReply') emit('icmpv6.echo.identifier', message.id);
  if (message.kind === 'neighbourSolicitation') emit('icmpv6.nd.ns.target_address', formatIp6(message.target));
  if (message.kind === 'neighbourAdvertisement') emit('icmpv6.nd.na.target_address', formatIp6(message.target));
  if (message.kind === 'routerAdvertisement') emit('icmpv6.nd.ra.router_lifetime', message.lifetime);
}
