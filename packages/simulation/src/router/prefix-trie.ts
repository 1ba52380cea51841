import type { Cidr } from '@midonet/packet';

/**
 * A binary trie over address bits. Beside the longest match it tells how many leading bits of the
 * address were looked at: exactly the prefix a flow's mask must keep, because every address that
 * shares these bits takes the same way through the trie, and one bit less would not do.
 */
export type PrefixNode<T> = {
  zero: PrefixNode<T> | undefined;
  one: PrefixNode<T> | undefined;
  value: T | undefined;
  /** The next shorter prefix that has a value, for look-ups whose longest match is refused. */
  shorter: PrefixNode<T> | undefined;
};

/** Borrowed: the next look-up in any trie of the same owner overwrites it. */
export type PrefixMatch<T> = { node: PrefixNode<T> | undefined; examinedBits: number };

export class PrefixTrie<T> {
  readonly #root: PrefixNode<T> = { zero: undefined, one: undefined, value: undefined, shorter: undefined };
  readonly #width: 32 | 128;
  readonly #$workMatch: PrefixMatch<T> = { node: undefined, examinedBits: 0 };

  constructor(width: 32 | 128) {
    this.#width = width;
  }

  /** Puts a value at a prefix. Prefixes must come in order of rising length, or `shorter` is wrong. */
  insert(prefix: Cidr, value: T): void {
    let node = this.#root;
    let shorter: PrefixNode<T> | undefined;
    for (let depth = 0; depth < prefix.length; depth++) {
      if (node.value !== undefined) shorter = node;
      const bit = bitOf(prefix, depth);
      let next = bit === 0 ? node.zero : node.one;
      if (next === undefined) {
        next = { zero: undefined, one: undefined, value: undefined, shorter: undefined };
        if (bit === 0) node.zero = next;
        else node.one = next;
      }
      node = next;
    }
    node.value = value;
    node.shorter = shorter;
  }

  /** `words[offset…]` holds the address, most significant word first. The result is borrowed. */
  lookup(words: Uint32Array, offset: number): PrefixMatch<T> {
    const match = this.#$workMatch;
    let node = this.#root;
    let best: PrefixNode<T> | undefined;
    let depth = 0;
    for (;;) {
      if (node.value !== undefined) best = node;
      if (depth === this.#width || (node.zero === undefined && node.one === undefined)) break;
      const bit = ((words[offset + (depth >>> 5)] ?? 0) >>> (31 - (depth & 31))) & 1;
      depth++;
      const next = bit === 0 ? node.zero : node.one;
      if (next === undefined) break;
      node = next;
    }
    match.node = best;
    match.examinedBits = depth;
    return match;
  }
}

function bitOf(prefix: Cidr, depth: number): number {
  if (typeof prefix.address === 'number') return (prefix.address >>> (31 - depth)) & 1;
  return Number((prefix.address >> BigInt(127 - depth)) & 1n);
}
