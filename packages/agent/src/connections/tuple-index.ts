import { randomInt } from 'node:crypto';
import type { Tuple } from '@midonet/flow';

/**
 * Finds entries by device and tuple. Each of the two tuples of an entry is half of its words, so a
 * look-up mostly meets one line of the processor's cache; halves are chained by hash. A `Ref` is an
 * entry and a direction in one number. IPv4 takes no allocation.
 *
 * ```
 *  word  0..3  4..7  8         9        10         11         12..15
 *       ┌─────┬─────┬─────────┬────────┬──────────┬──────────┬───────┐
 *       │ src │ dst │ src and │ next   │ number   │ protocol,│ facts │   original
 *       │     │     │ dst port│ in     │ of       │ bit 8:   │ 0..3  │
 *       │     │     │         │ chain  │ device   │ IPv6     │       │
 *       ├─────┼─────┼─────────┼────────┼──────────┼──────────┼───────┤
 *    16 │            the same                                │ 4..7  │   reply
 *       └────────────────────────────────────────────────────┴───────┘
 * ```
 *
 * Addresses have their lowest word first; IPv4 leaves the other three 0. Device 0 is no device: the entry is free.
 * Facts belong to whoever has the entry.
 */
export class TupleIndex {
  readonly #words: Int32Array;
  readonly #heads: Int32Array;
  readonly #mask: number;
  readonly #keys: Int32Array;
  /** The tuple asked for, as words. */
  readonly #asked = new Int32Array(10);
  /** The same bytes, to write and read IPv6 addresses without a bigint for each word. */
  readonly #askedHalves = new BigUint64Array(this.#asked.buffer);
  readonly #halves: BigUint64Array;

  constructor(capacity: number) {
    this.#words = new Int32Array((capacity + 1) * 2 * HALF);
    this.#halves = new BigUint64Array(this.#words.buffer);
    let buckets = 16;
    while (buckets < 2 * capacity) buckets *= 2;
    this.#heads = new Int32Array(buckets);
    this.#mask = buckets - 1;
    // Tenants choose addresses and ports: the multipliers are secret, so nobody can build long chains.
    this.#keys = Int32Array.from({ length: 5 }, () => randomInt(2 ** 32) | 1);
  }

  /** The entry that has the tuple, and which of its two it is; 0 when there is none. */
  find(device: number, tuple: Tuple): Ref {
    const words = this.#words;
    const asked = this.#asked;
    const kind = this.#ask(tuple);
    let ref = this.#heads[this.#hash(device, kind, asked, 0)]!;
    for (; ref !== 0; ref = words[ref * HALF + 9]!) {
      const at = ref * HALF;
      if (words[at + 8] !== asked[8] || words[at] !== asked[0] || words[at + 4] !== asked[4]) continue;
      if (words[at + 10] !== device || words[at + 11] !== kind) continue;
      if (kind >= IPV6 && !sameRest(words, at, asked)) continue;
      return ref;
    }
    return 0;
  }

  /** True when the tuple of `ref`, in whichever device, is this one. */
  has(ref: Ref, tuple: Tuple): boolean {
    const kind = this.#ask(tuple);
    const at = ref * HALF;
    if (this.#words[at + 11] !== kind) return false;
    for (let i = 0; i < 9; i++) if (this.#words[at + i] !== this.#asked[i]) return false;
    return true;
  }

  /** Puts in an entry; neither tuple may be there yet. When both are the same, `original` is found. */
  add(entry: number, device: number, original: Tuple, reply: Tuple): void {
    this.#write(entry * 2, device, original);
    this.#write(entry * 2 + 1, device, reply);
    // The head of a chain is found first.
    this.#link(entry * 2 + 1);
    this.#link(entry * 2);
  }

  remove(entry: number): void {
    this.#unlink(entry * 2);
    this.#unlink(entry * 2 + 1);
    this.#words[entry * 2 * HALF + 10] = 0;
  }

  /** 0 for an entry that is free. */
  device(entry: number): number {
    return this.#words[entry * 2 * HALF + 10]!;
  }

  proto(entry: number): number {
    return this.#words[entry * 2 * HALF + 11]! & 0xff;
  }

  /** One of eight. */
  fact(entry: number, which: number): number {
    return this.#words[factAt(entry, which)]!;
  }

  setFact(entry: number, which: number, value: number): void {
    this.#words[factAt(entry, which)] = value;
  }

  tuple(ref: Ref): Tuple {
    const words = this.#words;
    const at = ref * HALF;
    const six = words[at + 11]! >= IPV6;
    const ports = words[at + 8]!;
    // They were addresses when they came in.
    return {
      proto: words[at + 11]! & 0xff,
      src: (six ? this.#address6(at) : words[at]! >>> 0) as Tuple['src'],
      dst: (six ? this.#address6(at + 4) : words[at + 4]! >>> 0) as Tuple['dst'],
      srcPort: ports >>> 16,
      dstPort: ports & 0xffff,
    };
  }

  #write(ref: Ref, device: number, tuple: Tuple): void {
    const at = ref * HALF;
    const kind = this.#ask(tuple);
    for (let i = 0; i < 9; i++) this.#words[at + i] = this.#asked[i]!;
    this.#words[at + 10] = device;
    this.#words[at + 11] = kind;
  }

  /** Writes the words of a tuple; gives its protocol and family. */
  #ask({ proto, src, dst, srcPort, dstPort }: Tuple): number {
    const words = this.#asked;
    words[8] = (srcPort << 16) | dstPort;
    if (typeof src === 'number' && typeof dst === 'number') {
      words[0] = src;
      words[4] = dst;
      words[1] = words[2] = words[3] = words[5] = words[6] = words[7] = 0;
      return proto;
    }
    const [from, to] = [BigInt(src), BigInt(dst)];
    this.#askedHalves[0] = from;
    this.#askedHalves[1] = from >> 64n;
    this.#askedHalves[2] = to;
    this.#askedHalves[3] = to >> 64n;
    return proto | IPV6;
  }

  #address6(at: number): bigint {
    return (this.#halves[at / 2 + 1]! << 64n) | this.#halves[at / 2]!;
  }

  #link(ref: Ref): void {
    const bucket = this.#bucketOf(ref);
    this.#words[ref * HALF + 9] = this.#heads[bucket]!;
    this.#heads[bucket] = ref;
  }

  #unlink(ref: Ref): void {
    const words = this.#words;
    const bucket = this.#bucketOf(ref);
    const next = words[ref * HALF + 9]!;
    let other = this.#heads[bucket]!;
    if (other === ref) {
      this.#heads[bucket] = next;
      return;
    }
    while (words[other * HALF + 9] !== ref) other = words[other * HALF + 9]!;
    words[other * HALF + 9] = next;
  }

  #bucketOf(ref: Ref): number {
    const at = ref * HALF;
    return this.#hash(this.#words[at + 10]!, this.#words[at + 11]!, this.#words, at);
  }

  #hash(device: number, kind: number, words: Int32Array, at: number): number {
    const keys = this.#keys;
    let hash = Math.imul((device << 9) ^ kind ^ keys[4]!, keys[0]!);
    hash = Math.imul(hash ^ (hash >>> 15) ^ words[at]!, keys[1]!);
    hash = Math.imul(hash ^ (hash >>> 15) ^ words[at + 4]!, keys[2]!);
    hash = Math.imul(hash ^ (hash >>> 15) ^ words[at + 8]!, keys[3]!);
    if (kind >= IPV6) {
      for (let i = 1; i < 8; i++) hash = Math.imul(hash ^ (hash >>> 15) ^ words[at + i]!, keys[i & 3]!);
    }
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

/** Entry × 2, plus 1 for the reply. */
export type Ref = number;

/** Words of one direction of an entry. */
const HALF = 16;
/** Marks IPv6 beside the protocol. */
const IPV6 = 0x100;

function factAt(entry: number, which: number): number {
  return (entry * 2 + (which >> 2)) * HALF + 12 + (which & 3);
}

function sameRest(words: Int32Array, at: number, asked: Int32Array): boolean {
  for (let i = 1; i < 8; i++) if (words[at + i] !== asked[i]) return false;
  return true;
}
