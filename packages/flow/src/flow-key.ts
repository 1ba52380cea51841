import type { Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import { IP_DST_WORD, IP_SRC_WORD, KEY_LAYOUT, KEY_WORDS } from './key-layout.ts';

/** The fields of a packet that flows match on: 18 words, laid out in `key-layout.ts`. */
export type FlowKey = Uint32Array & { readonly __brand: 'FlowKey' };
/** Same layout; a set bit means the flow depends on that bit. */
export type FlowMask = Uint32Array & { readonly __brand: 'FlowMask' };

const HIGH = 0x1_0000_0000;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

export type KeyField = keyof typeof KEY_LAYOUT;

export function emptyKey(): FlowKey {
  return new Uint32Array(KEY_WORDS) as FlowKey;
}

export function emptyMask(): FlowMask {
  return new Uint32Array(KEY_WORDS) as FlowMask;
}

/** Reads a field that lives in one word. */
export function getField(key: FlowKey | FlowMask, field: KeyField): number {
  const { word, shift, bits } = KEY_LAYOUT[field];
  const value = (key[word] ?? 0) >>> shift;
  return bits === 32 ? value : value & ((1 << bits) - 1);
}

/** Writes a field that lives in one word; `value` is cut to the field's width. */
export function setField(key: FlowKey, field: KeyField, value: number): void {
  const { word, shift, bits } = KEY_LAYOUT[field];
  const fieldMask = bits === 32 ? 0xffffffff : (((1 << bits) - 1) << shift) >>> 0;
  key[word] = (((key[word] ?? 0) & ~fieldMask) | ((value << shift) & fieldMask)) >>> 0;
}

export function keyEthSrc(key: FlowKey | FlowMask): Mac {
  return (((key[4] ?? 0) >>> 16) * HIGH + (key[2] ?? 0)) as Mac;
}

export function keyEthDst(key: FlowKey | FlowMask): Mac {
  return (((key[4] ?? 0) & 0xffff) * HIGH + (key[3] ?? 0)) as Mac;
}

export function setKeyEthSrc(key: FlowKey, mac: Mac): void {
  key[2] = mac % HIGH;
  key[4] = ((((mac / HIGH) | 0) << 16) | ((key[4] ?? 0) & 0xffff)) >>> 0;
}

export function setKeyEthDst(key: FlowKey, mac: Mac): void {
  key[3] = mac % HIGH;
  key[4] = (((key[4] ?? 0) & 0xffff0000) | ((mac / HIGH) | 0)) >>> 0;
}

/** The source address; ARP's sender. IPv6 when ethType says so, IPv4 otherwise. */
export function keyIpSrc(key: FlowKey): IpAddress {
  return getField(key, 'ethType') === ETHERTYPE_IPV6 ? keyIp6(key, IP_SRC_WORD) : keyIp4(key, IP_SRC_WORD);
}

/** The destination address; ARP's target. */
export function keyIpDst(key: FlowKey): IpAddress {
  return getField(key, 'ethType') === ETHERTYPE_IPV6 ? keyIp6(key, IP_DST_WORD) : keyIp4(key, IP_DST_WORD);
}

export function keyIp4(key: FlowKey, word: number): Ip4 {
  return (key[word] ?? 0) as Ip4;
}

export function keyIp6(key: FlowKey, word: number): Ip6 {
  let value = 0n;
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(key[word + i] ?? 0);
  return value as Ip6;
}

/** Writes an address at `word` (IP_SRC_WORD or IP_DST_WORD), clearing what IPv4 does not use. */
export function setKeyIp(key: FlowKey, word: number, ip: IpAddress): void {
  if (typeof ip === 'number') {
    key[word] = ip;
    key[word + 1] = key[word + 2] = key[word + 3] = 0;
    return;
  }
  for (let i = 0; i < 4; i++) key[word + i] = Number((ip >> BigInt(96 - 32 * i)) & 0xffffffffn);
}

/** True when `key` agrees with `match` in every bit of `mask`. */
export function keyMatches(key: FlowKey, match: FlowKey, mask: FlowMask): boolean {
  for (let i = 0; i < KEY_WORDS; i++) {
    if ((((key[i] ?? 0) ^ (match[i] ?? 0)) & (mask[i] ?? 0)) !== 0) return false;
  }
  return true;
}
