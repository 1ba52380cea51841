import type { Rewrite } from './actions.ts';
import { VLAN_PRESENT } from './key-layout.ts';

/** More tags than this on one packet are refused; a path that needs them is a loop of trunks. */
export const MAX_PUSHED_TAGS = 4;

/**
 * The VLAN tags of a packet relative to how it came: tags pushed above, or the original one popped.
 * What lies below the original outermost tag is not in the key and stays opaque.
 */
export class TagStack {
  readonly #pushed = new Uint16Array(MAX_PUSHED_TAGS);
  #count = 0;
  #originalPopped = false;

  clear(): void {
    this.#count = 0;
    this.#originalPopped = false;
  }

  copyFrom(other: TagStack): void {
    this.#pushed.set(other.#pushed);
    this.#count = other.#count;
    this.#originalPopped = other.#originalPopped;
  }

  clone(): TagStack {
    const copy = new TagStack();
    copy.copyFrom(this);
    return copy;
  }

  /** True when the top is the packet's own outermost tag (or its absence). */
  showsOriginal(): boolean {
    return this.#count === 0 && !this.#originalPopped;
  }

  /** The outermost tag when it is not the original one: the last pushed, 0 when there is none left. */
  top(): number {
    return this.#count > 0 ? (this.#pushed[this.#count - 1] ?? 0) : 0;
  }

  /** True when another tag lies right below the outermost one, as far as is known. */
  hasInner(): boolean {
    return this.#count > 1;
  }

  /** True when exactly one pushed tag covers the original outermost tag, if it has one. */
  coversOriginal(): boolean {
    return this.#count === 1 && !this.#originalPopped;
  }

  push(tci: number): boolean {
    if (this.#count === MAX_PUSHED_TAGS) return false;
    this.#pushed[this.#count++] = tci | VLAN_PRESENT;
    return true;
  }

  pop(): void {
    if (this.#count > 0) this.#count--;
    else this.#originalPopped = true;
  }

  /** Appends what turns a packet tagged as `from` into one tagged as this; false when impossible. */
  appendRewrites(from: TagStack, into: Rewrite[]): boolean {
    if (from.#originalPopped && !this.#originalPopped) return false;
    let kept = 0;
    if (from.#originalPopped === this.#originalPopped) {
      while (kept < this.#count && kept < from.#count && this.#pushed[kept] === from.#pushed[kept]) kept++;
    }
    for (let i = from.#count; i > kept; i--) into.push({ kind: 'popVlan' });
    if (!from.#originalPopped && this.#originalPopped) into.push({ kind: 'popVlan' });
    for (let i = kept; i < this.#count; i++) {
      into.push({ kind: 'pushVlan', tci: (this.#pushed[i] ?? 0) & ~VLAN_PRESENT });
    }
    return true;
  }
}
