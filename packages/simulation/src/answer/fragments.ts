import { checksum, emitEthernet, ethernet, ETHERNET_SIZE, ETHERTYPE, read16, write16 } from '@midonet/packet';
import type { LinkEnds } from './ends.ts';

const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

/**
 * Cuts an IPv4 packet (which may be a fragment itself) into frames of at most `mtu` bytes of IP
 * (RFC 791 3.2). Options are copied into every fragment that RFC 791 says to (the copied flag); the
 * rest of the room is filled with "no operation". Undefined when the header lies about lengths.
 */
export function fragmentFrames(
  ends: LinkEnds,
  packet: Uint8Array,
  { ttl, mtu }: { readonly ttl: number; readonly mtu: number },
): Uint8Array[] | undefined {
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  const total = read16(packet, 2);
  const room = (mtu - headerBytes) & ~7;
  if (headerBytes < 20 || total > packet.length || total <= headerBytes || room <= 0) return undefined;
  const flagsAndOffset = read16(packet, 6);
  const link = ethernet({ dst: ends.dstMac, src: ends.srcMac, type: ETHERTYPE.ipv4 });
  const frames: Uint8Array[] = [];
  for (let at = headerBytes; at < total; at += room) {
    const size = Math.min(room, total - at);
    const frame = new Uint8Array(ETHERNET_SIZE + headerBytes + size);
    emitEthernet(link, frame, 0);
    const ip = frame.subarray(ETHERNET_SIZE);
    ip.set(packet.subarray(0, headerBytes));
    if (at > headerBytes) blankUncopiedOptions(ip, headerBytes);
    ip.set(packet.subarray(at, at + size), headerBytes);
    const isLast = at + size === total;
    const offset = (flagsAndOffset & OFFSET_MASK) + (at - headerBytes) / 8;
    const more = isLast ? flagsAndOffset & MORE_FRAGMENTS : MORE_FRAGMENTS;
    write16(ip, 2, headerBytes + size);
    write16(ip, 6, more | offset);
    ip[8] = ttl;
    write16(ip, 10, 0);
    write16(ip, 10, checksum(ip, 0, headerBytes));
    frames.push(frame);
  }
  return frames;
}

function blankUncopiedOptions(ip: Uint8Array, headerBytes: number): void {
  for (let at = 20; at < headerBytes;) {
    const type = ip[at] ?? 0;
    if (type === 0) return;
    const size = type === 1 ? 1 : Math.max(2, ip[at + 1] ?? 2);
    if ((type & 0x80) === 0) ip.fill(1, at, Math.min(at + size, headerBytes));
    at += size;
  }
}
