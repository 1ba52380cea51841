import type { Rewrite } from '@midonet/flow';
import { applyRewrite } from '@midonet/flow';

/**
 * A packet while actions run on it. Frames are handed out without a copy; the first rewrite after
 * that makes one, so that what was sent stays as it was.
 */
export class WorkPacket {
  #frame: Uint8Array;
  #lent: boolean;

  /** `lent`: somebody else keeps the frame (or a clone of this packet does). */
  constructor(frame: Uint8Array, lent: boolean) {
    this.#frame = frame;
    this.#lent = lent;
  }

  get length(): number {
    return this.#frame.length;
  }

  /** The bytes as they are now; they will not change any more. */
  lend(): Uint8Array {
    this.#lent = true;
    return this.#frame;
  }

  clone(): WorkPacket {
    return new WorkPacket(this.lend(), true);
  }

  rewrite(change: Rewrite): void {
    if (this.#lent) this.#frame = this.#frame.slice();
    this.#lent = false;
    this.#frame = applyRewrite(this.#frame, change);
  }
}
