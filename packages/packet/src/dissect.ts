import { parseArp } from './arp.ts';
import { parseDhcp4 } from './dhcp4.ts';
import { parseDhcp6 } from './dhcp6.ts';
import { ETHERTYPE, parseEthernet } from './ethernet.ts';
import { greSize, parseGre } from './gre.ts';
import { headerSize, type Header } from './header.ts';
import { isIcmp4Error, parseIcmp4 } from './icmp4.ts';
import { isIcmp6Error, parseIcmp6 } from './icmp6.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { ipv4Size, parseIpv4, type Ipv4 } from './ipv4.ts';
import { IPV6_SIZE, ipv6Fragment, ipv6Size, parseIpv6, type Ipv6 } from './ipv6.ts';
import { isMalformed, malformed, type ParseFailure } from './parse-failure.ts';
import { parseTcp } from './tcp.ts';
import { parseUdp, UDP_PORT, type Udp } from './udp.ts';
import { isVlanType, parseVlan } from './vlan.ts';
import { parseVxlan } from './vxlan.ts';
import { read8 } from './bytes.ts';

/** Bytes that no header describes: application data, padding is left out. */
export type Payload = { readonly kind: 'payload' };

/** One layer of a frame: what it is, where it starts, where the next one starts, where its contents end. */
export type Layer = {
  readonly header: Header | Payload | ParseFailure;
  readonly offset: number;
  readonly behind: number;
  readonly end: number;
  /** True inside the packet that an ICMP error quotes; it may be cut short. */
  readonly quoted: boolean;
};

/** Frames nested deeper than this end in a malformed layer; the deepest honest ones have about ten. */
export const MAX_LAYERS = 24;

type Cursor = { readonly bytes: Uint8Array; readonly at: number; readonly end: number; readonly quoted: boolean };
type Next = { readonly layer: Layer; readonly then?: Step; readonly cursor: Cursor };
/** Reads one layer at the cursor. */
type Step = (cursor: Cursor) => Next;

/**
 * All layers of an Ethernet frame, outermost first: through VLAN tags, VXLAN and GRE tunnels, and
 * into what ICMP errors quote. Ends with a payload (when there is any) or with the failure that
 * stopped it. Never throws.
 */
export function dissect(bytes: Uint8Array, length = bytes.length): Layer[] {
  return walk({ bytes, at: 0, end: Math.min(length, bytes.length), quoted: false }, ethernetStep);
}

/** As dissect(), for a bare IP packet at `offset`. */
export function dissectIp(bytes: Uint8Array, offset = 0, end = bytes.length): Layer[] {
  return walk({ bytes, at: offset, end, quoted: false }, ipStep);
}

function walk(start: Cursor, first: Step): Layer[] {
  const layers: Layer[] = [];
  let cursor = start;
  let step: Step | undefined = first;
  while (step !== undefined) {
    if (layers.length === MAX_LAYERS) {
      layers.push(layerOf(cursor, malformed('frame', `more than ${MAX_LAYERS} layers`), cursor.end));
      break;
    }
    const next: Next = step(cursor);
    layers.push(next.layer);
    cursor = next.cursor;
    step =
      next.then ?? (isMalformed(next.layer.header) || next.layer.header.kind === 'payload' ? undefined : payloadStep);
    if (cursor.at >= cursor.end && next.then === undefined) break;
  }
  return layers;
}

function layerOf(cursor: Cursor, header: Layer['header'], behind: number): Layer {
  return { header, offset: cursor.at, behind, end: cursor.end, quoted: cursor.quoted };
}

/** The layer of a parsed header, or of the failure, with what reads on behind it. */
function next(cursor: Cursor, header: Header | ParseFailure, then?: Step): Next {
  if (isMalformed(header)) return { layer: layerOf(cursor, header, cursor.end), cursor: { ...cursor, at: cursor.end } };
  const behind = Math.min(cursor.at + headerSize(header), cursor.end);
  const rest = { ...cursor, at: behind };
  const layer = layerOf(cursor, header, behind);
  return then === undefined ? { layer, cursor: rest } : { layer, then, cursor: rest };
}

const payloadStep: Step = (cursor) => ({
  layer: layerOf(cursor, { kind: 'payload' }, cursor.end),
  cursor: { ...cursor, at: cursor.end },
});

const ethernetStep: Step = (cursor) => {
  const header = parseEthernet(cursor.bytes, cursor.at, cursor.end);
  return next(cursor, header, isMalformed(header) ? undefined : stepOfEtherType(header.type));
};

const vlanStep: Step = (cursor) => {
  const header = parseVlan(cursor.bytes, cursor.at, cursor.end);
  return next(cursor, header, isMalformed(header) ? undefined : stepOfEtherType(header.type));
};

function stepOfEtherType(type: number): Step | undefined {
  if (isVlanType(type)) return vlanStep;
  switch (type) {
    case ETHERTYPE.arp:
      return arpStep;
    case ETHERTYPE.ipv4:
      return ipv4Step;
    case ETHERTYPE.ipv6:
      return ipv6Step;
    case ETHERTYPE.transparentEthernet:
      return ethernetStep;
    default:
      return undefined;
  }
}

const arpStep: Step = (cursor) => {
  const { layer, cursor: rest } = next(cursor, parseArp(cursor.bytes, cursor.at, cursor.end));
  // What follows on Ethernet is padding to 60 bytes.
  return { layer, cursor: { ...rest, at: rest.end } };
};

const ipStep: Step = (cursor) => (read8(cursor.bytes, cursor.at) >>> 4 === 6 ? ipv6Step(cursor) : ipv4Step(cursor));

const ipv4Step: Step = (cursor) => {
  const header = parseIpv4(cursor.bytes, cursor.at, cursor.end, cursor.quoted);
  if (isMalformed(header)) return next(cursor, header);
  const inside = { ...cursor, end: Math.min(cursor.end, cursor.at + header.totalLength) };
  const then = header.fragmentOffset > 0 ? undefined : stepOfProtocol(header);
  return next(inside, header, inside.at + ipv4Size(header) < inside.end ? then : undefined);
};

const ipv6Step: Step = (cursor) => {
  const header = parseIpv6(cursor.bytes, cursor.at, cursor.end, cursor.quoted);
  if (isMalformed(header)) return next(cursor, header);
  const inside = { ...cursor, end: Math.min(cursor.end, cursor.at + IPV6_SIZE + header.payloadLength) };
  const later = (ipv6Fragment(header)?.offset ?? 0) > 0;
  const then = later ? undefined : stepOfProtocol(header);
  return next(inside, header, inside.at + ipv6Size(header) < inside.end ? then : undefined);
};

function stepOfProtocol(header: Ipv4 | Ipv6): Step | undefined {
  const cut = header.kind === 'ipv4' ? header.moreFragments : (ipv6Fragment(header)?.more ?? false);
  switch (header.protocol) {
    case IP_PROTOCOL.icmp4:
      return header.kind === 'ipv4' ? icmp4Step : undefined;
    case IP_PROTOCOL.icmp6:
      return header.kind === 'ipv6' ? icmp6Step : undefined;
    case IP_PROTOCOL.tcp:
      return tcpStep;
    case IP_PROTOCOL.udp:
      return cut ? fragmentedUdpStep : udpStep;
    case IP_PROTOCOL.gre:
      return greStep;
    case 4:
      return ipv4Step;
    case 41:
      return ipv6Step;
    default:
      return undefined;
  }
}

const icmp4Step: Step = (cursor) => {
  const header = parseIcmp4(cursor.bytes, cursor.at, cursor.end);
  if (isMalformed(header) || !isIcmp4Error(read8(cursor.bytes, cursor.at))) return next(cursor, header);
  return quotedNext(cursor, header);
};

const icmp6Step: Step = (cursor) => {
  const header = parseIcmp6(cursor.bytes, cursor.at, cursor.end);
  if (isMalformed(header) || !isIcmp6Error(read8(cursor.bytes, cursor.at))) return next(cursor, header);
  return quotedNext(cursor, header);
};

function quotedNext(cursor: Cursor, header: Header): Next {
  const { layer, cursor: rest } = next(cursor, header);
  return rest.at < rest.end ? { layer, then: ipStep, cursor: { ...rest, quoted: true } } : { layer, cursor: rest };
}

const tcpStep: Step = (cursor) => next(cursor, parseTcp(cursor.bytes, cursor.at, cursor.end, cursor.quoted));

const udpStep: Step = (cursor) => {
  const header = parseUdp(cursor.bytes, cursor.at, cursor.end, cursor.quoted);
  if (isMalformed(header)) return next(cursor, header);
  const inside = { ...cursor, end: Math.min(cursor.end, cursor.at + header.length) };
  return next(inside, header, inside.end - inside.at > 8 && !cursor.quoted ? stepOfPort(header) : undefined);
};

const fragmentedUdpStep: Step = (cursor) => next(cursor, parseUdp(cursor.bytes, cursor.at, cursor.end, true));

function stepOfPort(header: Udp): Step | undefined {
  if (header.dstPort === UDP_PORT.vxlan) return vxlanStep;
  if (isDhcp6(header)) return dhcp6Step;
  const server = header.dstPort === UDP_PORT.dhcpServer || header.srcPort === UDP_PORT.dhcpServer;
  const client = header.dstPort === UDP_PORT.dhcpClient || header.srcPort === UDP_PORT.dhcpClient;
  return server && (client || header.srcPort === header.dstPort) ? dhcp4Step : undefined;
}

/** Between client and server; between relay agent and server messages have another form. */
function isDhcp6({ srcPort, dstPort }: Udp): boolean {
  if (dstPort === UDP_PORT.dhcp6Server) return srcPort !== UDP_PORT.dhcp6Server;
  return dstPort === UDP_PORT.dhcp6Client;
}

const dhcp6Step: Step = (cursor) => next(cursor, parseDhcp6(cursor.bytes, cursor.at, cursor.end));

const dhcp4Step: Step = (cursor) => {
  const { layer, cursor: rest } = next(cursor, parseDhcp4(cursor.bytes, cursor.at, cursor.end));
  // Behind the end mark is padding (BOOTP's 300 bytes).
  return { layer: { ...layer, behind: cursor.end }, cursor: { ...rest, at: rest.end } };
};

const vxlanStep: Step = (cursor) => next(cursor, parseVxlan(cursor.bytes, cursor.at, cursor.end), ethernetStep);

const greStep: Step = (cursor) => {
  const header = parseGre(cursor.bytes, cursor.at, cursor.end);
  if (isMalformed(header) || cursor.at + greSize(header) >= cursor.end) return next(cursor, header);
  return next(cursor, header, stepOfEtherType(header.protocol));
};
