import type { PrefixTable } from '@midonet/flow';
import type { PrefixTest } from '../prefix-test.ts';

/**
 * A trie over address bits whose nodes stand only where prefixes end or part, so that its size is
 * linear in the prefixes, also of IPv6. A look-up visits every prefix that holds the address, and
 * tells how far it looked: all addresses that share these bits get the same answer.
 */
export class AddressTrie<T> {
  #root: TrieNode<T> | undefined;
  readonly #bits: 32 | 128;

  constructor(bits: 32 | 128) {
    this.#bits = bits;
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** The value at a prefix; `make` gives one to a prefix that is new. */
  at({ words, length }: PrefixTest, make: () => T): T {
    const node = this.#nodeAt(words, length);
    node.value ??= make();
    return node.value;
  }

  /** A table that hands `visit` the value of every prefix with the address in it, the shortest first. */
  visiting(visit: (value: T) => void): PrefixTable<{ readonly examinedBits: number }> {
    const $work = { examinedBits: 0 };
    return {
      lookup: (words, offset) => {
        $work.examinedBits = this.#visit(words, offset, visit);
        return $work;
      },
    };
  }

  #visit(words: Uint32Array, offset: number, visit: (value: T) => void): number {
    let node = this.#root;
    let examined = 0;
    while (node !== undefined) {
      const same = sharedBits(node.words, words, offset, examined, node.length);
      if (same < node.length) return same + 1;
      examined = node.length;
      if (node.value !== undefined) visit(node.value);
      if (examined === this.#bits || (node.zero === undefined && node.one === undefined)) return examined;
      node = bitAt(words, offset, examined) === 0 ? node.zero : node.one;
      if (node === undefined) return examined + 1;
    }
    return examined;
  }

  #nodeAt(words: Uint32Array, length: number): TrieNode<T> {
    let parent: TrieNode<T> | undefined;
    let node = this.#root;
    for (;;) {
      if (node === undefined) return this.#attach(parent, leaf(words, length));
      const same = sharedBits(node.words, words, 0, 0, Math.min(node.length, length));
      if (same < node.length) {
        const fork: TrieNode<T> = leaf(node.words, same);
        this.#attach(parent, fork);
        attachTo(fork, node);
        return same === length ? fork : attachTo(fork, leaf(words, length));
      }
      if (node.length === length) return node;
      parent = node;
      node = bitAt(words, 0, node.length) === 0 ? node.zero : node.one;
    }
  }

  #attach(parent: TrieNode<T> | undefined, node: TrieNode<T>): TrieNode<T> {
    if (parent !== undefined) return attachTo(parent, node);
    this.#root = node;
    return node;
  }
}

type TrieNode<T> = {
  readonly words: Uint32Array;
  readonly length: number;
  value: T | undefined;
  zero: TrieNode<T> | undefined;
  one: TrieNode<T> | undefined;
};

function leaf<T>(words: Uint32Array, length: number): TrieNode<T> {
  return { words, length, value: undefined, zero: undefined, one: undefined };
}

/** Puts a longer node below `parent`, in place of what was on its side. */
function attachTo<T>(parent: TrieNode<T>, node: TrieNode<T>): TrieNode<T> {
  if (bitAt(node.words, 0, parent.length) === 0) parent.zero = node;
  else parent.one = node;
  return node;
}

function bitAt(words: Uint32Array, offset: number, bit: number): number {
  return ((words[offset + (bit >>> 5)] ?? 0) >>> (31 - (bit & 31))) & 1;
}

/** How many leading bits are the same, at most `to`; those before `from` are known to be. */
function sharedBits(a: Uint32Array, b: Uint32Array, offset: number, from: number, to: number): number {
  for (let word = from >>> 5; word * 32 < to; word++) {
    const differing = (a[word] ?? 0) ^ (b[offset + word] ?? 0);
    if (differing !== 0) return Math.min(to, word * 32 + Math.clz32(differing));
  }
  return to;
}
