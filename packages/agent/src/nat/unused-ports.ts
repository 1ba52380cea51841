import { BLOCK_SIZE, type Ports } from './port-blocks.ts';

/** Ports in the order of insertion, with when they were released: a sequence that only grows, 0 for never. */
type Queue = Map<number, number>;

/** Ports passed over at the head of a queue before the range is searched instead. */
const MOST_PASSED = 256;

/**
 * The unused ports of an address for one protocol, the longest unused first: those never used, then the others as they
 * were released. A choice looks at the head of a queue, however many ports are held.
 */
export class UnusedPorts {
  /** By parity, those that nobody used yet. */
  readonly #fresh: readonly [Queue, Queue] = [new Map(), new Map()];
  readonly #released: readonly [Queue, Queue] = [new Map(), new Map()];

  addBlock(block: number, isUsed: (port: number) => boolean): void {
    for (let port = block * BLOCK_SIZE; port < (block + 1) * BLOCK_SIZE; port++) {
      if (!isUsed(port)) this.#fresh[parity(port)].set(port, 0);
    }
  }

  loseBlock(block: number): void {
    for (let port = block * BLOCK_SIZE; port < (block + 1) * BLOCK_SIZE; port++) this.take(port);
  }

  take(port: number): void {
    if (!this.#fresh[parity(port)].delete(port)) this.#released[parity(port)].delete(port);
  }

  release(port: number, sequence: number): void {
    this.#fresh[parity(port)].delete(port);
    this.#released[parity(port)].set(port, sequence);
  }

  /** The acceptable port of the range unused for longest. */
  oldest(ports: Ports, odd: 0 | 1, accept: (port: number) => boolean): number | undefined {
    return first(this.#fresh[odd], ports, odd, accept) ?? first(this.#released[odd], ports, odd, accept);
  }
}

function first(queue: Queue, ports: Ports, odd: 0 | 1, accept: (port: number) => boolean): number | undefined {
  let passed = 0;
  for (const port of queue.keys()) {
    if (port < ports.from || port > ports.to) {
      passed += 1;
      // Another rule's range lies before this one's in the queue: a small range is sooner searched by itself.
      if (passed === MOST_PASSED && ports.to - ports.from < queue.size) return inRange(queue, ports, odd, accept);
    } else if (accept(port)) return port;
  }
  return undefined;
}

function inRange(queue: Queue, ports: Ports, odd: 0 | 1, accept: (port: number) => boolean): number | undefined {
  const there: { readonly port: number; readonly at: number }[] = [];
  for (let port = ports.from + (parity(ports.from) === odd ? 0 : 1); port <= ports.to; port += 2) {
    const at = queue.get(port);
    if (at !== undefined) there.push({ port, at });
  }
  return there.sort((a, b) => a.at - b.at).find(({ port }) => accept(port))?.port;
}

export function parity(port: number): 0 | 1 {
  return port % 2 === 0 ? 0 : 1;
}
