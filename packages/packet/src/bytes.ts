import type { Ip4, Ip6, Mac } from './addresses.ts';

/**
 * Big-endian reads and writes at plain offsets in one shared array. Nothing here checks bounds: a
 * parser checks once and then reads. Reading past the end gives 0 and writing there does nothing,
 * so not even a mistake throws.
 */

export function read8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function read16(bytes: Uint8Array, at: number): number {
  return (read8(bytes, at) << 8) | read8(bytes, at + 1);
}

/** Unsigned 32 bits. */
export function read32(bytes: Uint8Array, at: number): number {
  return ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;
}

export function readMac(bytes: Uint8Array, at: number): Mac {
  return (read16(bytes, at) * 0x1_0000_0000 + read32(bytes, at + 2)) as Mac;
}

export function readIp4(bytes: Uint8Array, at: number): Ip4 {
  return read32(bytes, at) as Ip4;
}

export function readIp6(bytes: Uint8Array, at: number): Ip6 {
  let value = 0n;
  for (let i = 0; i < 16; i += 4) value = (value << 32n) | BigInt(read32(bytes, at + i));
  return value as Ip6;
}

export function write8(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
}

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, value >>> 16);
  write16(bytes, at + 2, value & 0xffff);
}

export function writeMac(bytes: Uint8Array, at: number, mac: Mac): void {
  write16(bytes, at, Math.floor(mac / 0x1_0000_0000));
  write32(bytes, at + 2, mac % 0x1_0000_0000);
}

export function writeIp4(bytes: Uint8Array, at: number, ip: Ip4): void {
  write32(bytes, at, ip);
}

export function writeIp6(bytes: Uint8Array, at: number, ip: Ip6): void {
  for (let i = 0; i < 4; i++) write32(bytes, at + 4 * i, Number((ip >> BigInt(96 - 32 * i)) & 0xffffffffn));
}

/** Copies `source` to `at` as far as `out` has room; returns the offset behind it. */
export function writeBytes(out: Uint8Array, at: number, source: Uint8Array): number {
  for (let i = 0; i < source.length; i++) out[at + i] = source[i] ?? 0;
  return at + source.length;
}

/** Lower-case hex without separators. */
export function formatHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Parses hex; white space and colons are skipped. Undefined when it is not hex. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
