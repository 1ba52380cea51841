import {
  arp,
  ARP_REQUEST,
  ethernet,
  frame,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  parseIp,
  parseMac,
  tcp,
  udp,
  vlan,
  type FramePart,
  type Ip4,
  type Ip6,
  type IpAddress,
  type Mac,
  type TcpOption,
} from '@midonet/packet';

export const KINDS = ['udp4', 'tcp4', 'echo4', 'udp6', 'tcp6', 'echo6', 'arp', 'other'] as const;
export type FrameKind = (typeof KINDS)[number];

export type FrameFields = {
  readonly ethSrc?: string;
  readonly ethDst?: string;
  /** VLAN ids, outermost first. */
  readonly vlans?: readonly number[];
  readonly ipSrc?: string;
  readonly ipDst?: string;
  readonly ttl?: number;
  readonly tos?: number;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly icmpId?: number;
  /** TCP's; SYN when absent. */
  readonly tcpFlags?: number;
  readonly tcpOptions?: readonly TcpOption[];
  readonly payload?: number | Uint8Array;
};

export function mac(text: string): Mac {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(`${text} is not a MAC address`);
  return parsed;
}

export function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`${text} is not an IP address`);
  return parsed;
}

function ip4(text: string): Ip4 {
  const parsed = ip(text);
  if (typeof parsed !== 'number') throw new Error(`${text} is not an IPv4 address`);
  return parsed;
}

function ip6(text: string): Ip6 {
  const parsed = ip(text);
  if (typeof parsed !== 'bigint') throw new Error(`${text} is not an IPv6 address`);
  return parsed;
}

/**
 * A whole, correct frame. Two calls that differ in one field give what a rewrite of that field must
 * give to the byte: checksums here are computed over everything, not adjusted.
 */
export function frameOf(kind: FrameKind, fields: FrameFields = {}): Uint8Array {
  const src = mac(fields.ethSrc ?? '02:00:00:00:00:01');
  const dst = mac(fields.ethDst ?? '02:00:00:00:00:02');
  const tags = (fields.vlans ?? []).map((id) => vlan({ id, type: 0x88b5 }));
  return frame(ethernet({ src, dst, type: 0x88b5 }), ...tags, ...innerParts(kind, fields));
}

function innerParts(kind: FrameKind, fields: FrameFields): FramePart[] {
  const payload = payloadOf(fields.payload ?? 26);
  const ports = { srcPort: fields.srcPort ?? 4000, dstPort: fields.dstPort ?? 53 };
  const id = fields.icmpId ?? 77;
  const network4 = {
    src: ip4(kind.endsWith('6') ? '0.0.0.0' : (fields.ipSrc ?? '10.0.0.1')),
    dst: ip4(kind.endsWith('6') ? '0.0.0.0' : (fields.ipDst ?? '10.0.0.2')),
    ttl: fields.ttl ?? 64,
    tos: fields.tos ?? 0,
  };
  const network6 = (): FramePart =>
    ipv6({
      src: ip6(fields.ipSrc ?? 'fd00::1'),
      dst: ip6(fields.ipDst ?? 'fd00::2'),
      hopLimit: fields.ttl ?? 64,
      trafficClass: fields.tos ?? 0,
    });
  switch (kind) {
    case 'udp4':
      return [ipv4(network4), udp(ports), payload];
    case 'tcp4':
      return [
        ipv4(network4),
        tcp({ ...ports, flags: fields.tcpFlags ?? 2, options: fields.tcpOptions ?? [] }),
        payload,
      ];
    case 'echo4':
      return [ipv4(network4), icmp4({ kind: 'echoRequest', id, sequence: 1 }), payload];
    case 'udp6':
      return [network6(), udp(ports), payload];
    case 'tcp6':
      return [network6(), tcp({ ...ports, flags: fields.tcpFlags ?? 2, options: fields.tcpOptions ?? [] }), payload];
    case 'echo6':
      return [network6(), icmp6({ kind: 'echoRequest', id, sequence: 1 }), payload];
    case 'arp':
      return [
        arp({
          operation: ARP_REQUEST,
          senderMac: mac('02:00:00:00:00:01'),
          senderIp: network4.src,
          targetMac: mac('00:00:00:00:00:00'),
          targetIp: network4.dst,
        }),
        new Uint8Array(18),
      ];
    case 'other':
      return [payload];
    default:
      return kind satisfies never;
  }
}

function payloadOf(payload: number | Uint8Array): Uint8Array {
  return typeof payload === 'number' ? Uint8Array.from({ length: payload }, (_, i) => i & 255) : payload;
}
