import type { FlowMask } from './flow-key.ts';
import { KEY_WORDS } from './key-layout.ts';

const KEPT = 32;

/**
 * Masks given out lately. Packets of one kind have one mask, so equal masks are one object: a copy
 * for each packet would cost more than its simulation.
 */
export class MaskPool {
  readonly #masks: FlowMask[] = [];
  #last = 0;
  #next = 0;

  /** A mask equal to `$mask`, shared with whoever got it before: it must not be changed. */
  intern($mask: FlowMask): FlowMask {
    const last = this.#masks[this.#last];
    if (last !== undefined && same(last, $mask)) return last;
    for (let i = 0; i < this.#masks.length; i++) {
      const mask = this.#masks[i];
      if (mask === undefined || !same(mask, $mask)) continue;
      this.#last = i;
      return mask;
    }
    const copy = $mask.slice() as FlowMask;
    this.#last = this.#next;
    this.#masks[this.#next] = copy;
    this.#next = (this.#next + 1) % KEPT;
    return copy;
  }
}

function same(a: FlowMask, b: FlowMask): boolean {
  for (let i = 0; i < KEY_WORDS; i++) if (a[i] !== b[i]) return false;
  return true;
}
