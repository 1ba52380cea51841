import { read16, read8, write16 } from './bytes.ts';

/**
 * The internet checksum (RFC 1071): the ones' complement of the ones' complement sum of 16-bit
 * words. Sums are kept unfolded in a double, which holds 2^37 words without loss.
 */

/** Sum of the 16-bit words in [from, to); an odd last byte counts as its high half. Add on to `sum`. */
export function sumWords(bytes: Uint8Array, from: number, to: number, sum = 0): number {
  const even = to - ((to - from) & 1);
  for (let at = from; at < even; at += 2) sum += read16(bytes, at);
  if (even < to) sum += read8(bytes, even) << 8;
  return sum;
}

/** Folds the carries in; 0 … 0xffff. */
export function foldSum(sum: number): number {
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

/** The checksum to store, of a sum that has the checksum field as zero. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** Checksum of bytes in [from, to) alone (IPv4 header, ICMPv4, GRE). */
export function checksum(bytes: Uint8Array, from: number, to: number): number {
  return checksumOf(sumWords(bytes, from, to));
}

/**
 * The new checksum when a 16-bit word changed from `before` to `after`: RFC 1624 equation 3,
 * HC' = ~(~HC + ~m + m'), which unlike RFC 1141 never turns into the other zero.
 */
export function adjustChecksum(stored: number, before: number, after: number): number {
  return checksumOf((~stored & 0xffff) + (~before & 0xffff) + after);
}

/** adjustChecksum for a 32-bit word. */
export function adjustChecksum32(stored: number, before: number, after: number): number {
  const half = adjustChecksum(stored, before >>> 16, after >>> 16);
  return adjustChecksum(half, before & 0xffff, after & 0xffff);
}

/**
 * Sum of the pseudo header (RFC 793 3.1, RFC 8200 8.1) from an IP header in place: `at` is where
 * its source address is, `addressBytes` 8 for IPv4 and 32 for IPv6 (both addresses).
 */
export function pseudoHeaderSum(
  bytes: Uint8Array,
  at: number,
  addressBytes: 8 | 32,
  upper: { readonly protocol: number; readonly length: number },
): number {
  const length = (upper.length >>> 16) + (upper.length & 0xffff);
  return sumWords(bytes, at, at + addressBytes, upper.protocol + length);
}

/** Stores a checksum under UDP's rule (RFC 768): zero means "none", so a computed zero becomes 0xffff. */
export function writeUdpChecksum(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, value === 0 ? 0xffff : value);
}
