import type { Ip4, Ip6, IpAddress } from '../addresses.ts';
import { read16, read32, read8, readIp4, readIp6, write16, writeIp4, writeIp6 } from '../bytes.ts';
import { adjustChecksum, checksum } from '../checksum.ts';
import { IP_PROTOCOL } from '../ip-protocol.ts';
import { extensionLength, EXTENSION, isExtension, MAX_EXTENSIONS } from '../ipv6-extensions.ts';
import { fillUpperChecksum } from '../upper-checksum.ts';
import { emptyPlaces, locate } from './locate.ts';

/**
 * The packet that an ICMP error quotes (RFC 792, RFC 4443 2.4): which one it is about, and the same
 * error about it under other addresses, as NAT needs (RFC 5508 REQ-4, REQ-5).
 *
 *   | Ethernet | IP | ICMP error, 8 bytes | IP | TCP, UDP, ICMP: at least 8 bytes … |
 */
export type Quoted = {
  readonly proto: number;
  readonly src: IpAddress;
  readonly dst: IpAddress;
  /** Ports of TCP and UDP; of an echo, the identifier on the asking side and 0 on the other. */
  readonly srcPort: number;
  readonly dstPort: number;
};

const ICMP_BYTES = 8;
const ECHO = { request4: 8, reply4: 0, request6: 128, reply6: 129 } as const;

type Inner = { readonly ip: number; readonly isIp4: boolean; readonly proto: number; readonly upper: number };

/** Undefined when the frame quotes no packet whose ends can be told (cut short, a later fragment). */
export function readQuoted(frame: Uint8Array): Quoted | undefined {
  const places = emptyPlaces();
  locate(frame, frame.length, places);
  const inner = innerOf(frame, places.upper, places.ipEnd);
  if (inner === undefined) return undefined;
  const { ip, isIp4, proto, upper } = inner;
  const ends = {
    proto,
    src: isIp4 ? readIp4(frame, ip + 12) : readIp6(frame, ip + 8),
    dst: isIp4 ? readIp4(frame, ip + 16) : readIp6(frame, ip + 24),
  };
  if (proto === IP_PROTOCOL.tcp || proto === IP_PROTOCOL.udp) {
    return { ...ends, srcPort: read16(frame, upper), dstPort: read16(frame, upper + 2) };
  }
  const side = echoSide(frame, inner);
  const id = side === undefined ? 0 : read16(frame, upper + 4);
  return { ...ends, srcPort: side === 'src' ? id : 0, dstPort: side === 'dst' ? id : 0 };
}

/** A copy of the frame that quotes the same packet with other ends. Quoted checksums follow where they are in the quote. */
export function rewriteQuoted(frame: Uint8Array, now: Quoted): Uint8Array {
  const places = emptyPlaces();
  locate(frame, frame.length, places);
  const inner = innerOf(frame, places.upper, places.ipEnd);
  if (inner === undefined) return frame;
  const out = frame.slice();
  const { ip, isIp4, proto, upper } = inner;
  const change = new QuotedChange(out, inner, places.ipEnd);
  change.address(ip + (isIp4 ? 12 : 8), now.src);
  change.address(ip + (isIp4 ? 16 : 24), now.dst);
  if (proto === IP_PROTOCOL.tcp || proto === IP_PROTOCOL.udp) {
    change.word(upper, now.srcPort);
    change.word(upper + 2, now.dstPort);
  } else {
    const side = echoSide(frame, inner);
    if (side !== undefined) change.word(upper + 4, side === 'src' ? now.srcPort : now.dstPort);
  }
  if (isIp4) {
    write16(out, places.upper + 2, 0);
    write16(out, places.upper + 2, checksum(out, places.upper, places.ipEnd));
  } else {
    fillUpperChecksum(out, { ip: places.ip, upper: places.upper, end: places.ipEnd }, IP_PROTOCOL.icmp6);
  }
  return out;
}

/** Writes words of the quote and keeps the quote's own checksums right for them. */
class QuotedChange {
  readonly #out: Uint8Array;
  readonly #inner: Inner;
  /** Where the quoted upper layer's checksum is; -1 when it is cut off, or there is none. */
  readonly #checksumAt: number;

  constructor(out: Uint8Array, inner: Inner, end: number) {
    this.#out = out;
    this.#inner = inner;
    const at = inner.upper + checksumOffset(inner);
    const isNone = inner.proto === IP_PROTOCOL.udp && read16(out, at) === 0;
    this.#checksumAt = checksumOffset(inner) < 0 || at + 2 > end || isNone ? -1 : at;
  }

  address(at: number, ip: IpAddress): void {
    const before = this.#out.slice(at, at + (this.#inner.isIp4 ? 4 : 16));
    if (this.#inner.isIp4) writeIp4(this.#out, at, ip as Ip4); // of the quote's own family, by contract
    else writeIp6(this.#out, at, ip as Ip6);
    for (let i = 0; i < before.length; i += 2) {
      const [was, is] = [read16(before, i), read16(this.#out, at + i)];
      if (this.#inner.isIp4) this.#adjust(this.#inner.ip + 10, was, is);
      if (this.#inner.proto !== IP_PROTOCOL.icmp4) this.#adjust(this.#checksumAt, was, is);
    }
  }

  word(at: number, value: number): void {
    const was = read16(this.#out, at);
    write16(this.#out, at, value);
    this.#adjust(this.#checksumAt, was, value);
  }

  #adjust(at: number, was: number, is: number): void {
    if (at >= 0) write16(this.#out, at, adjustChecksum(read16(this.#out, at), was, is));
  }
}

function checksumOffset({ proto }: Inner): number {
  if (proto === IP_PROTOCOL.tcp) return 16;
  if (proto === IP_PROTOCOL.udp) return 6;
  return proto === IP_PROTOCOL.icmp4 || proto === IP_PROTOCOL.icmp6 ? 2 : -1;
}

function echoSide(frame: Uint8Array, { isIp4, proto, upper }: Inner): 'src' | 'dst' | undefined {
  const type = read8(frame, upper);
  if (isIp4 && proto === IP_PROTOCOL.icmp4) {
    return type === ECHO.request4 ? 'src' : type === ECHO.reply4 ? 'dst' : undefined;
  }
  if (isIp4 || proto !== IP_PROTOCOL.icmp6) return undefined;
  return type === ECHO.request6 ? 'src' : type === ECHO.reply6 ? 'dst' : undefined;
}

/** The quoted packet, when its IP header and 8 bytes behind it lie within the error. */
function innerOf(frame: Uint8Array, upper: number, end: number): Inner | undefined {
  if (upper < 0) return undefined;
  const ip = upper + ICMP_BYTES;
  if (ip + 20 > end) return undefined;
  const version = read8(frame, ip) >>> 4;
  if (version === 4) {
    const at = ip + (read8(frame, ip) & 15) * 4;
    if (at < ip + 20 || at + 8 > end || (read16(frame, ip + 6) & 0x1fff) !== 0) return undefined;
    return { ip, isIp4: true, proto: read8(frame, ip + 9), upper: at };
  }
  if (version !== 6 || ip + 40 > end) return undefined;
  let proto = read8(frame, ip + 6);
  let at = ip + 40;
  for (let walked = 0; isExtension(proto); walked++) {
    if (walked === MAX_EXTENSIONS || at + 8 > end) return undefined;
    const size = extensionLength(frame, at, proto);
    if (proto === EXTENSION.fragment && (read16(frame, at + 2) & 0xfff8) !== 0) return undefined;
    proto = read8(frame, at);
    at += size;
  }
  return at + 8 > end ? undefined : { ip, isIp4: false, proto, upper: at };
}

/** Identification of a fragmented packet; `l3` is where its IP header starts. Undefined when it is not fragmented. */
export function fragmentId(frame: Uint8Array, l3: number): number | undefined {
  if (read8(frame, l3) >>> 4 === 4) return frame.length < l3 + 20 ? undefined : read16(frame, l3 + 4);
  let next = read8(frame, l3 + 6);
  let at = l3 + 40;
  for (let walked = 0; isExtension(next) && walked < MAX_EXTENSIONS && at + 8 <= frame.length; walked++) {
    if (next === EXTENSION.fragment) return read32(frame, at + 4);
    const size = extensionLength(frame, at, next);
    next = read8(frame, at);
    at += size;
  }
  return undefined;
}
