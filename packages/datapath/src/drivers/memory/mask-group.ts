import { KEY_WORDS, type FlowKey, type FlowMask } from '@midonet/flow';
import type { FlowEntry } from './flow-entry.ts';

/** The flows of one mask: a hash over the words the mask looks at, buckets chained by entry. */
export class MaskGroup {
  readonly mask: FlowMask;
  readonly #words: readonly number[];
  readonly #buckets = new Map<number, FlowEntry>();
  size = 0;

  constructor(mask: FlowMask) {
    this.mask = mask;
    this.#words = [...mask.keys()].filter((word) => mask[word] !== 0);
  }

  hasMask(mask: FlowMask): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (this.mask[i] !== mask[i]) return false;
    return true;
  }

  /** Multiplicative hash with a final mix (murmur3's), on the masked words. */
  hash(key: FlowKey): number {
    let hash = 0;
    for (const word of this.#words) {
      hash = Math.imul(hash ^ (key[word]! & this.mask[word]!), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  find(key: FlowKey): FlowEntry | undefined {
    if (this.size === 0) return undefined;
    let entry = this.#buckets.get(this.hash(key));
    while (entry !== undefined && !this.#agrees(entry, key)) entry = entry.chain;
    return entry;
  }

  add(entry: FlowEntry): void {
    entry.chain = this.#buckets.get(entry.hash);
    this.#buckets.set(entry.hash, entry);
    this.size++;
  }

  remove(entry: FlowEntry): void {
    const head = this.#buckets.get(entry.hash);
    if (head === entry) {
      if (entry.chain === undefined) this.#buckets.delete(entry.hash);
      else this.#buckets.set(entry.hash, entry.chain);
    } else {
      let before = head;
      while (before !== undefined && before.chain !== entry) before = before.chain;
      if (before === undefined) return;
      before.chain = entry.chain;
    }
    entry.chain = undefined;
    this.size--;
  }

  #agrees(entry: FlowEntry, key: FlowKey): boolean {
    const match = entry.spec.key;
    for (const word of this.#words) {
      if (((key[word]! ^ match[word]!) & this.mask[word]!) !== 0) return false;
    }
    return true;
  }
}
