import { write16, writeBytes } from './bytes.ts';
import { checksum } from './checksum.ts';
import { ETHERTYPE } from './ethernet.ts';
import { fillGreChecksum } from './gre.ts';
import { emitHeader, headerSize, type Header } from './header.ts';
import { ICMP4_AT } from './icmp4.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { ipv6Fragment } from './ipv6.ts';
import { fillUpperChecksum } from './upper-checksum.ts';

/** A header, or raw bytes (a payload, or something no header type describes). */
export type FramePart = Header | Uint8Array;

/**
 * Composes a packet layer by layer, outermost first:
 *
 *   frame(ethernet({ dst, src }), ipv4({ src: a, dst: b }), udp({ srcPort: 1, dstPort: 2 }), payload)
 *
 * EtherTypes and protocols follow from the next header where it is one this package knows, and stay
 * as given before raw bytes, where the checksum behind them is the caller's. Lengths and checksums are filled in; in IP fragments the upper layer's
 * checksum stays 0, as it covers the whole datagram. To make a wrong packet, change its bytes after.
 */
export function frame(...parts: readonly FramePart[]): Uint8Array {
  const total = parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : headerSize(part)), 0);
  const out = new Uint8Array(total);
  emitParts(parts, out);
  return out;
}

function emitParts(parts: readonly FramePart[], out: Uint8Array): void {
  const offsets: number[] = [];
  let at = 0;
  for (const [index, part] of parts.entries()) {
    offsets.push(at);
    at =
      part instanceof Uint8Array
        ? writeBytes(out, at, part)
        : emitHeader(completed(part, parts[index + 1], out.length - at), out, at);
  }
  // Innermost first: an outer checksum covers the inner ones.
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index];
    if (part === undefined || part instanceof Uint8Array) continue;
    fillChecksum(part, parts[index + 1], {
      out,
      offset: offsets[index] ?? 0,
      behind: offsets[index + 1] ?? out.length,
    });
  }
}

/** The header with type and length as they follow from what comes next. `rest`: bytes from its start to the end. */
function completed(header: Header, next: FramePart | undefined, rest: number): Header {
  switch (header.kind) {
    case 'ethernet':
    case 'vlan':
      return { ...header, type: etherTypeOf(next) ?? header.type };
    case 'gre':
      return { ...header, protocol: greProtocolOf(next) ?? header.protocol };
    case 'ipv4':
      return { ...header, totalLength: rest, protocol: protocolOf(next) ?? header.protocol };
    case 'ipv6':
      return { ...header, payloadLength: rest - 40, protocol: protocolOf(next) ?? header.protocol };
    case 'udp':
      return header.length === 0 ? { ...header, length: rest } : header;
    default:
      return header;
  }
}

function kindOf(part: FramePart | undefined): Header['kind'] | undefined {
  return part === undefined || part instanceof Uint8Array ? undefined : part.kind;
}

function etherTypeOf(next: FramePart | undefined): number | undefined {
  const kind = kindOf(next);
  if (kind === 'vlan') return ETHERTYPE.vlan;
  return kind === 'ipv4' || kind === 'ipv6' || kind === 'arp' ? ETHERTYPE[kind] : undefined;
}

function greProtocolOf(next: FramePart | undefined): number | undefined {
  return kindOf(next) === 'ethernet' ? ETHERTYPE.transparentEthernet : etherTypeOf(next);
}

function protocolOf(next: FramePart | undefined): number | undefined {
  switch (kindOf(next)) {
    case 'icmp4':
      return IP_PROTOCOL.icmp4;
    case 'icmp6':
      return IP_PROTOCOL.icmp6;
    case 'tcp':
      return IP_PROTOCOL.tcp;
    case 'udp':
      return IP_PROTOCOL.udp;
    case 'gre':
      return IP_PROTOCOL.gre;
    case 'ipv4':
      return 4;
    case 'ipv6':
      return 41;
    default:
      return undefined;
  }
}

type Place = { readonly out: Uint8Array; readonly offset: number; readonly behind: number };

function fillChecksum(header: Header, next: FramePart | undefined, { out, offset, behind }: Place): void {
  const place = { ip: offset, upper: behind, end: out.length };
  if (header.kind === 'gre') fillGreChecksum(out, offset, out.length);
  else if (header.kind === 'icmp4') {
    write16(out, offset + ICMP4_AT.checksum, 0);
    write16(out, offset + ICMP4_AT.checksum, checksum(out, offset, out.length));
  } else if (header.kind === 'ipv4' && !header.moreFragments && header.fragmentOffset === 0) {
    fillUpperChecksum(out, place, protocolOf(next) ?? IP_PROTOCOL.none);
  } else if (header.kind === 'ipv6') {
    const fragment = ipv6Fragment(header);
    const whole = fragment === undefined || (fragment.offset === 0 && !fragment.more);
    if (whole) fillUpperChecksum(out, place, protocolOf(next) ?? IP_PROTOCOL.none);
  }
}
