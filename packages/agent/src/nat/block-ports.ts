import { BLOCK_SIZE, type Ports } from './port-blocks.ts';

export type Candidate = { readonly port: number; readonly releasedAt: number };

/** The ports of one block for one protocol: which are unused, the longest unused first. */
export class BlockPorts {
  readonly #first: number;
  /** By parity, as inserted: what is released comes last. */
  readonly #unused: readonly [Set<number>, Set<number>] = [new Set(), new Set()];
  readonly #releasedAt = new Float64Array(BLOCK_SIZE);

  constructor(block: number, isUsed: (port: number) => boolean) {
    this.#first = block * BLOCK_SIZE;
    for (let port = this.#first; port < this.#first + BLOCK_SIZE; port++) {
      if (!isUsed(port)) this.#unused[parity(port)].add(port);
    }
  }

  get used(): number {
    return BLOCK_SIZE - this.#unused[0].size - this.#unused[1].size;
  }

  take(port: number): void {
    this.#unused[parity(port)].delete(port);
  }

  /** `sequence` grows with every release on this host. */
  release(port: number, sequence: number): void {
    this.#releasedAt[port - this.#first] = sequence;
    this.#unused[parity(port)].add(port);
  }

  /** The port unused for longest, if it was released before `before`. */
  oldest(ports: Ports, odd: 0 | 1, before: number, accept: (port: number) => boolean): Candidate | undefined {
    for (const port of this.#unused[odd]) {
      const releasedAt = this.#releasedAt[port - this.#first]!;
      if (releasedAt >= before) return undefined;
      if (port >= ports.from && port <= ports.to && accept(port)) return { port, releasedAt };
    }
    return undefined;
  }
}

export function parity(port: number): 0 | 1 {
  return port % 2 === 0 ? 0 : 1;
}
