import {
  ARP_REQUEST,
  arp,
  ethernet,
  frame,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  MAC_BROADCAST,
  MAC_ZERO,
  parseIp,
  TCP_FLAG,
  tcp,
  udp,
  vlan,
  type FramePart,
  type IpAddress,
  type Mac,
} from '@midonet/packet';
import { usageError } from '../cli-error.ts';

type Endpoint = { readonly ip: IpAddress; readonly port: number };

/** A packet as a person writes it, before its MAC addresses are known. */
export type PacketText =
  | { readonly kind: 'udp' | 'tcp'; readonly src: Endpoint; readonly dst: Endpoint }
  /** The ports of these mean nothing. */
  | { readonly kind: 'icmp'; readonly src: Endpoint; readonly dst: Endpoint }
  | { readonly kind: 'arp'; readonly src: Endpoint; readonly dst: Endpoint };

const FORM =
  'write it like "udp 10.0.0.2:1000 > 10.0.1.3:53", "tcp [fd00::1]:80 > [fd00::2]:99", "icmp A > B" or "arp A > B"';

/**
 * Reads `KIND SOURCE > DESTINATION`; KIND is udp, tcp, icmp (an echo request) or arp (a request, the
 * source asks for the destination). The `>` may be left out. Throws a usage error that shows the form.
 */
export function parsePacketText(text: string): PacketText {
  const [kind, ...rest] = text.trim().split(/\s+/);
  const [srcText, dstText, ...more] = rest.filter((word) => word !== '>' && word !== 'to');
  if (srcText === undefined || dstText === undefined || more.length > 0)
    throw usageError(`the packet "${text}": ${FORM}`);
  const withPorts = kind === 'udp' || kind === 'tcp';
  const [src, dst] = [endpoint(srcText, withPorts, 32768), endpoint(dstText, withPorts, undefined)];
  if (typeof src.ip !== typeof dst.ip) throw usageError('source and destination must be of one IP version');
  switch (kind) {
    case 'udp':
    case 'tcp':
    case 'icmp':
    case 'arp':
      return { kind, src, dst };
    case 'ping':
      return { kind: 'icmp', src, dst };
    default:
      throw usageError(`"${kind ?? ''}" is no kind of packet; ${FORM}`);
  }
}

function endpoint(text: string, withPort: boolean, defaultPort: number | undefined): Endpoint {
  const match = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  const address = parseIp(match?.[1] ?? text);
  if (address === undefined) throw usageError(`"${text}" is no address${withPort ? ' with a port' : ''}; ${FORM}`);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (withPort && (port === undefined || port > 65535)) throw usageError(`"${text}" needs a port from 0 to 65535`);
  return { ip: address, port: port ?? 0 };
}

export type FrameDetails = {
  readonly srcMac: Mac;
  readonly dstMac: Mac;
  readonly ttl: number;
  readonly vlan?: number | undefined;
  /** Bytes of payload behind the headers. */
  readonly payload: number;
};

/** The frame that such a packet is on the wire, lengths and checksums filled in. */
export function frameOf(packet: PacketText, details: FrameDetails): Uint8Array {
  const dst = packet.kind === 'arp' ? MAC_BROADCAST : details.dstMac;
  const link: FramePart[] = [ethernet({ src: details.srcMac, dst })];
  if (details.vlan !== undefined) link.push(vlan({ id: details.vlan }));
  return frame(...link, ...network(packet, details), new Uint8Array(packet.kind === 'arp' ? 0 : details.payload));
}

function network(packet: PacketText, { srcMac, ttl }: FrameDetails): FramePart[] {
  const [src, dst] = [packet.src.ip, packet.dst.ip];
  if (packet.kind === 'arp') {
    if (typeof src !== 'number' || typeof dst !== 'number') throw usageError('arp is for IPv4; for IPv6 use icmp');
    return [arp({ operation: ARP_REQUEST, senderMac: srcMac, senderIp: src, targetMac: MAC_ZERO, targetIp: dst })];
  }
  const upper = transport(packet);
  if (typeof src === 'number' && typeof dst === 'number') return [ipv4({ src, dst, ttl }), upper];
  if (typeof src === 'bigint' && typeof dst === 'bigint') return [ipv6({ src, dst, hopLimit: ttl }), upper];
  throw usageError('source and destination must be of one IP version');
}

function transport(packet: Exclude<PacketText, { kind: 'arp' }>): FramePart {
  const ports = { srcPort: packet.src.port, dstPort: packet.dst.port };
  switch (packet.kind) {
    case 'udp':
      return udp(ports);
    case 'tcp':
      return tcp({ ...ports, flags: TCP_FLAG.syn });
    case 'icmp': {
      const echo = { kind: 'echoRequest', id: 1, sequence: 1 } as const;
      return typeof packet.src.ip === 'number' ? icmp4(echo) : icmp6(echo);
    }
  }
}
