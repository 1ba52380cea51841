import type { NumberRange } from '@midonet/topology';

/**
 * Values at ranges of port numbers. A range is kept as the few aligned blocks it is made of (one for
 * a single port, at most 30), so a look-up is one hash per size of block in use.
 */
export class PortTable<T> {
  /** By the size of blocks as a power of two. */
  readonly #blocks: (Map<number, T> | undefined)[] = [];

  /** The values of the blocks of a range; `make` gives one to a block that is new. */
  at({ start, end }: NumberRange, make: () => T): T[] {
    const values: T[] = [];
    for (let port = start; port <= end;) {
      let size = port === 0 ? 16 : Math.min(16, trailingZeros(port));
      while (port + 2 ** size - 1 > end) size--;
      const blocks = (this.#blocks[size] ??= new Map<number, T>());
      const block = port >>> size;
      let value = blocks.get(block);
      if (value === undefined) blocks.set(block, (value = make()));
      values.push(value);
      port += 2 ** size;
    }
    return values;
  }

  visit(port: number, visit: (value: T) => void): void {
    const blocks = this.#blocks;
    for (let size = 0; size < blocks.length; size++) {
      const value = blocks[size]?.get(port >>> size);
      if (value !== undefined) visit(value);
    }
  }
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}
