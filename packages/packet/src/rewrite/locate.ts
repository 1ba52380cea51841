import { ipv4TotalLength, ipv6PayloadLength } from '../big-tcp.ts';
import { read16, read8 } from '../bytes.ts';
import { ETHERNET_SIZE, ETHERTYPE } from '../ethernet.ts';
import { EXTENSION, extensionLength, isExtension, MAX_EXTENSIONS } from '../ipv6-extensions.ts';
import { IPV4_MIN_SIZE } from '../ipv4.ts';
import { IPV6_SIZE } from '../ipv6.ts';
import { isVlanType } from '../vlan.ts';

/**
 * Where the parts of a frame are, for rewriting it in place. A reusable object; -1 is "not there".
 * Later fragments have no upper-layer header, so their `upper` is -1.
 */
export type FramePlaces = {
  /** 4 or 6; 0 when the frame is not IP or its IP header is not sound. */
  ipVersion: 0 | 4 | 6;
  ip: number;
  /** End of the IP packet: padding comes after. */
  ipEnd: number;
  protocol: number;
  upper: number;
};

export function emptyPlaces(): FramePlaces {
  return { ipVersion: 0, ip: -1, ipEnd: -1, protocol: -1, upper: -1 };
}

/** Fills `into`; looks behind one or two VLAN tags. Never throws, never reads past `length`. */
export function locate(frame: Uint8Array, length: number, into: FramePlaces): void {
  into.ipVersion = 0;
  into.ip = into.ipEnd = into.protocol = into.upper = -1;
  let at = ETHERNET_SIZE;
  let type = read16(frame, 12);
  for (let tags = 0; tags < 2 && isVlanType(type) && at + 4 <= length; tags++) {
    type = read16(frame, at + 2);
    at += 4;
  }
  if (type === ETHERTYPE.ipv4) locateIpv4(frame, at, length, into);
  else if (type === ETHERTYPE.ipv6) locateIpv6(frame, at, length, into);
}

function locateIpv4(frame: Uint8Array, at: number, length: number, into: FramePlaces): void {
  const headerLength = (read8(frame, at) & 15) * 4;
  if (length - at < IPV4_MIN_SIZE || headerLength < IPV4_MIN_SIZE || read8(frame, at) >>> 4 !== 4) return;
  const totalLength = ipv4TotalLength(frame, at, length - at);
  if (totalLength < headerLength || at + totalLength > length) return;
  into.ipVersion = 4;
  into.ip = at;
  into.ipEnd = at + totalLength;
  into.protocol = read8(frame, at + 9);
  if ((read16(frame, at + 6) & 0x1fff) === 0) into.upper = at + headerLength;
}

function locateIpv6(frame: Uint8Array, start: number, length: number, into: FramePlaces): void {
  if (length - start < IPV6_SIZE || read8(frame, start) >>> 4 !== 6) return;
  const end = start + IPV6_SIZE + ipv6PayloadLength(frame, start, length - start);
  if (end > length) return;
  into.ipVersion = 6;
  into.ip = start;
  into.ipEnd = end;
  let protocol = read8(frame, start + 6);
  let at = start + IPV6_SIZE;
  for (let walked = 0; isExtension(protocol); walked++) {
    if (walked === MAX_EXTENSIONS || end - at < 8) return;
    const size = extensionLength(frame, at, protocol);
    if (size > end - at) return;
    const later = protocol === EXTENSION.fragment && (read16(frame, at + 2) & 0xfff8) !== 0;
    protocol = read8(frame, at);
    at += size;
    if (later) return;
  }
  into.protocol = protocol;
  into.upper = at;
}
