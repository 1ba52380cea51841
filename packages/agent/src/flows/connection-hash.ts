import { randomInt } from 'node:crypto';
import type { Tuple } from '@midonet/flow';

/** Tenants choose addresses and ports: nobody else knows the multipliers, so nobody can make many alike. */
const KEYS = Array.from({ length: 5 }, () => randomInt(2 ** 32) | 1);
/** What is left of a hash is a small integer to V8: as a key of a map it takes no memory of its own. */
const BITS = 0x3fff_ffff;

let lastDevice = '';
let lastDeviceHash = 0;

/**
 * Thirty bits for a device and a tuple, where text would have to be made for each connection. Others may
 * have the same.
 */
export function connectionHash(device: string, { proto, src, dst, srcPort, dstPort }: Tuple): number {
  let hash = hashOfDevice(device) ^ proto;
  hash = mix(hash, (srcPort << 16) | dstPort, 1);
  if (typeof src === 'number' && typeof dst === 'number') return mix(mix(hash, src, 2), dst, 3) & BITS;
  for (const address of [src, dst]) {
    for (let rest = BigInt(address), i = 0; i < 4; i++, rest >>= 32n) hash = mix(hash, Number(rest & 0xffff_ffffn), i);
  }
  return hash & BITS;
}

function mix(hash: number, word: number, which: number): number {
  const mixed = Math.imul(hash ^ word, KEYS[which]!);
  return mixed ^ (mixed >>> 15);
}

/** Connections that follow one another mostly are of one device. */
function hashOfDevice(device: string): number {
  if (device === lastDevice) return lastDeviceHash;
  let hash = 0;
  for (let i = 0; i < device.length; i++) hash = Math.imul(hash ^ device.charCodeAt(i), KEYS[4]!) ^ (hash >>> 15);
  lastDevice = device;
  lastDeviceHash = hash;
  return hash;
}
