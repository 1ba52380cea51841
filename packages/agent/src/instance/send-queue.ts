const NOTHING = new Uint8Array(0);

/** Bytes that were given to be sent and are not acknowledged yet, read by their distance from the first. */
export class SendQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** At most `size` bytes from `at` on; fewer where a chunk ends or there are no more. */
  read(at: number, size: number): Uint8Array {
    let skip = at;
    for (const chunk of this.#chunks) {
      if (skip < chunk.length) return chunk.subarray(skip, Math.min(chunk.length, skip + size));
      skip -= chunk.length;
    }
    return NOTHING;
  }

  /** The first `count` bytes have arrived. */
  drop(count: number): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    while (left > 0) {
      const [first = NOTHING] = this.#chunks;
      if (first.length > left) this.#chunks[0] = first.subarray(left);
      else this.#chunks.shift();
      left -= Math.min(left, first.length);
    }
  }
}
