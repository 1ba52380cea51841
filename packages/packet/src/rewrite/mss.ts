import { read16, read8, write16 } from '../bytes.ts';
import { adjustChecksum, foldSum, pseudoHeaderSum } from '../checksum.ts';
import { IP_PROTOCOL } from '../ip-protocol.ts';
import { IPV4_AT, IPV4_MIN_SIZE } from '../ipv4.ts';
import { IPV6_AT, IPV6_SIZE } from '../ipv6.ts';
import { TCP_AT, TCP_FLAG, TCP_MIN_SIZE } from '../tcp.ts';
import { TCP_OPTION } from '../tcp-options.ts';
import { locate, type FramePlaces } from './locate.ts';

/**
 * A TCP SYN whose sender would take longer segments than fit `mtu` bytes of IP, told to take such that
 * fit (RFC 9293 3.7.1, RFC 6691): a copy with the smaller MSS and its checksum. Undefined for all other
 * frames, those without the option included: they ask for 536 bytes, which fit any link.
 */
export function clampMss(frame: Uint8Array, mtu: number, $places: FramePlaces): Uint8Array | undefined {
  locate(frame, frame.length, $places);
  const { ipVersion, ipEnd, protocol, upper } = $places;
  if (protocol !== IP_PROTOCOL.tcp || upper < 0 || ipEnd - upper < TCP_MIN_SIZE) return undefined;
  if ((read8(frame, upper + TCP_AT.flags) & TCP_FLAG.syn) === 0) return undefined;
  const header = (read8(frame, upper + TCP_AT.dataOffset) >>> 4) * 4;
  const at = mssAt(frame, upper + TCP_AT.options, Math.min(upper + header, ipEnd));
  const most = mtu - TCP_MIN_SIZE - (ipVersion === 4 ? IPV4_MIN_SIZE : IPV6_SIZE);
  if (at === undefined || most <= 0) return undefined;
  const old = read16(frame, at);
  if (old <= most) return undefined;
  const clamped = frame.slice();
  write16(clamped, at, most);
  const sum = upper + TCP_AT.checksum;
  const stored = read16(frame, sum);
  // Of a machine on this host the checksum may be left to hardware, which sums up what it finds.
  if (stored === sumOfAddresses(frame, $places)) return clamped;
  // Words are counted from the header's start: at an odd place the two bytes change sides.
  const isOdd = ((at - upper) & 1) === 1;
  write16(clamped, sum, adjustChecksum(stored, isOdd ? swapped(old) : old, isOdd ? swapped(most) : most));
  return clamped;
}

/** What stands in the checksum's place when the rest is still to be done: the pseudo header's sum, not inverted. */
function sumOfAddresses(frame: Uint8Array, { ipVersion, ip, ipEnd, upper }: FramePlaces): number {
  const covered = { protocol: IP_PROTOCOL.tcp, length: ipEnd - upper };
  return ipVersion === 4
    ? foldSum(pseudoHeaderSum(frame, ip + IPV4_AT.src, 8, covered))
    : foldSum(pseudoHeaderSum(frame, ip + IPV6_AT.src, 32, covered));
}

/** Where the value of the MSS option is. */
function mssAt(frame: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  while (at + 4 <= to) {
    const kind = read8(frame, at);
    if (kind === TCP_OPTION.end) return undefined;
    const size = kind === TCP_OPTION.nop ? 1 : read8(frame, at + 1);
    if (kind === TCP_OPTION.mss) return size === 4 ? at + 2 : undefined;
    if (kind !== TCP_OPTION.nop && size < 2) return undefined;
    at += size;
  }
  return undefined;
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
