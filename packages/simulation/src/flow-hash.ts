import type { Tuple } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): every route gets a score from the flow's hash
 * and its own, the highest wins. When a route comes or goes, only the flows that it wins or had won
 * move; the order in which routes are listed does not matter, so all hosts choose alike.
 */

/** Spreads the bits of a 32-bit number (the finaliser of MurmurHash3). */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Adds one word to a running hash. */
export function combine32(hash: number, word: number): number {
  return mix32(Math.imul(hash, 31) + word);
}

/** Hash of an id's text; made once when the route enters the index. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** The candidate with the highest score for this flow; undefined when there is none. */
export function rendezvous<T extends { readonly idHash: number }>(
  candidates: readonly T[],
  flowHash: number,
): T | undefined {
  let best: T | undefined;
  let bestScore = -1;
  for (const candidate of candidates) {
    const score = combine32(candidate.idHash, flowHash);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** An address in 32 bits. */
export function foldAddress(ip: IpAddress): number {
  if (typeof ip === 'number') return ip;
  let hash = 0;
  for (let shift = 96n; shift >= 0n; shift -= 32n) hash = combine32(hash, Number((ip >> shift) & 0xffffffffn));
  return hash;
}

/** What the hashes of connections between two addresses have in common; the ports go on top. */
export function endsHash(proto: number, src: IpAddress, dst: IpAddress): number {
  return combine32(combine32(proto, foldAddress(src)), foldAddress(dst));
}

export function tupleHash({ proto, src, dst, srcPort, dstPort }: Tuple): number {
  return combine32(combine32(endsHash(proto, src, dst), srcPort), dstPort);
}
