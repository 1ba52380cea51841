import type { PrefixTable } from '@midonet/flow';
import { formatCidr, type Cidr } from '@midonet/packet';

/** Borrowed: the next look-up of the same test overwrites it. */
type PrefixAnswer = { inside: boolean; examinedBits: number };

/**
 * One prefix as a table of one row. It compares words, so IPv6 costs no big numbers, and tells how
 * far it had to look: an address outside is known by the first bit that differs, so the mask of a
 * flow keeps no more than that.
 */
export class PrefixTest implements PrefixTable<PrefixAnswer> {
  readonly isIp4: boolean;
  readonly text: string;
  readonly length: number;
  /** The address, most significant word first; IPv4 is the first word. Never changed. */
  readonly words = new Uint32Array(4);
  readonly #$workAnswer: PrefixAnswer = { inside: false, examinedBits: 0 };

  constructor(cidr: Cidr) {
    const { address, length } = cidr;
    this.isIp4 = typeof address === 'number';
    this.text = formatCidr(cidr);
    this.length = length;
    if (typeof address === 'number') this.words[0] = address;
    else for (let i = 0; i < 4; i++) this.words[i] = Number((address >> BigInt(96 - 32 * i)) & 0xffffffffn);
  }

  lookup(words: Uint32Array, offset: number): PrefixAnswer {
    const answer = this.#$workAnswer;
    for (let i = 0, left = this.length; left > 0; i++, left -= 32) {
      const differing = ((words[offset + i] ?? 0) ^ (this.words[i] ?? 0)) >>> 0;
      const leading = differing === 0 ? 32 : Math.clz32(differing);
      if (leading < left && leading < 32) {
        answer.inside = false;
        answer.examinedBits = i * 32 + leading + 1;
        return answer;
      }
    }
    answer.inside = true;
    answer.examinedBits = this.length;
    return answer;
  }
}
