import type { IpAddress } from '@midonet/packet';
import { ALL_PORTS, BLOCK_SIZE, blockOf, BLOCKS, type Ports } from './port-blocks.ts';
import { parity, UnusedPorts } from './unused-ports.ts';

type Block = {
  readonly index: number;
  /** When its last port was released, or it came. */
  idleSince: number;
};

export type Usage = { readonly used: number; readonly held: number };

/** How many ports may be tried for one that is free towards a destination. */
export type Probes = { left: number };

/**
 * The ports of one external address of a device: blocks held, and how many connections use each
 * port. Uses are counted without blocks too, so after a restart connections and blocks may come back
 * in any order.
 */
export class AddressPool {
  readonly deviceId: string;
  readonly address: IpAddress;
  readonly #blocks = new Map<number, Block>();
  /** Per protocol, made when one is first asked for. */
  readonly #unused = new Map<number, UnusedPorts>();
  /** Connections by protocol × 65,536 + port. */
  readonly #uses = new Map<number, number>();
  /** Per protocol, ports in use of each block. */
  readonly #usedPorts = new Map<number, Uint8Array>();
  /** The overloaded port taken last: the search goes on behind it. */
  #cursor = -1;
  #taken = 0;
  /** Per protocol, until how many ports are taken those of a range are not counted again. */
  readonly #plenty = new Map<number, { readonly ports: Ports; readonly until: number }>();

  constructor(deviceId: string, address: IpAddress) {
    this.deviceId = deviceId;
    this.address = address;
  }

  get isEmpty(): boolean {
    return this.#blocks.size === 0 && this.#uses.size === 0;
  }

  get blockCount(): number {
    return this.#blocks.size;
  }

  blockIndexes(): IterableIterator<number> {
    return this.#blocks.keys();
  }

  holds(port: number): boolean {
    return this.#blocks.has(blockOf(port));
  }

  hasBlock(index: number): boolean {
    return this.#blocks.has(index);
  }

  addBlock(index: number, now: number): void {
    this.#blocks.set(index, { index, idleSince: now });
    for (const [proto, unused] of this.#unused) unused.addBlock(index, (port) => this.usesOf(proto, port) > 0);
  }

  loseBlock(index: number): boolean {
    this.#plenty.clear();
    for (const unused of this.#unused.values()) unused.loseBlock(index);
    return this.#blocks.delete(index);
  }

  usesOf(proto: number, port: number): number {
    return this.#uses.get(proto * 65_536 + port) ?? 0;
  }

  take(proto: number, port: number): void {
    const uses = this.usesOf(proto, port);
    this.#taken += 1;
    this.#uses.set(proto * 65_536 + port, uses + 1);
    if (uses === 0) this.#count(proto, port, 1);
    if (!this.holds(port)) return;
    if (uses > 0) this.#cursor = port;
    else this.#unused.get(proto)?.take(port);
  }

  free(proto: number, port: number, sequence: number, now: number): void {
    const uses = this.usesOf(proto, port);
    if (uses > 1) {
      this.#uses.set(proto * 65_536 + port, uses - 1);
      return;
    }
    this.#uses.delete(proto * 65_536 + port);
    if (uses > 0) this.#count(proto, port, -1);
    const block = this.#blocks.get(blockOf(port));
    if (block === undefined || uses === 0) return;
    this.#ports(proto).release(port, sequence);
    block.idleSince = now;
  }

  /** The acceptable unused port of that parity that was released longest ago. */
  unused(proto: number, ports: Ports, odd: 0 | 1, accept: (port: number) => boolean): number | undefined {
    return this.#ports(proto).oldest(ports, odd, accept);
  }

  /** A used port that is acceptable towards a destination, going round the blocks from the one taken last. */
  overloaded(
    proto: number,
    ports: Ports,
    odd: 0 | 1,
    accept: (port: number) => boolean,
    probes: Probes,
  ): number | undefined {
    const blocks = [...this.#blocksIn(ports)];
    const start = Math.max(
      0,
      blocks.findIndex(({ index }) => index === blockOf(this.#cursor)),
    );
    for (let turn = 0; turn <= blocks.length; turn++) {
      const first = (blocks[(start + turn) % blocks.length]?.index ?? 0) * BLOCK_SIZE;
      for (let port = first; port < first + BLOCK_SIZE; port++) {
        // The first block's ports up to the cursor come last.
        if (turn === 0 && port <= this.#cursor) continue;
        if (port < ports.from || port > ports.to || parity(port) !== odd || this.usesOf(proto, port) === 0) continue;
        if (probes.left-- <= 0) return undefined;
        if (accept(port)) return port;
      }
    }
    return undefined;
  }

  /** Ports of a protocol held in the range, and how many of their blocks' ports are in use. */
  usage(proto: number, ports: Ports): Usage {
    let [used, held] = [0, 0];
    for (const block of this.#blocksIn(ports)) {
      used += this.#usedIn(block.index, proto);
      const first = block.index * BLOCK_SIZE;
      held += Math.min(ports.to, first + BLOCK_SIZE - 1) - Math.max(ports.from, first) + 1;
    }
    return { used: Math.min(used, held), held };
  }

  /** True when less than a quarter of what is held in the range is unused; added up no oftener than it can become so. */
  isLow(proto: number, ports: Ports): boolean {
    const plenty = this.#plenty.get(proto);
    if (plenty?.ports.from === ports.from && plenty.ports.to === ports.to && this.#taken < plenty.until) return false;
    const usage = this.usage(proto, ports);
    if (isLow(usage)) {
      // That goes over all blocks held: not again before some more are taken.
      this.#plenty.set(proto, { ports, until: this.#taken + Math.max(1, usage.held >> 5) });
      return true;
    }
    this.#plenty.set(proto, { ports, until: this.#taken + Math.ceil(usage.held * 0.75) - usage.used });
    return false;
  }

  /** Ports in use of the protocol that uses most, of those held. */
  mostUsed(): Usage {
    let most = 0;
    for (const proto of this.protocols()) most = Math.max(most, this.usage(proto, ALL_PORTS).used);
    return { used: most, held: this.#blocks.size * BLOCK_SIZE };
  }

  /** Blocks without a connection since `since`. */
  idleBlocks(since: number): number[] {
    const busy = new Set<number>();
    for (const use of this.#uses.keys()) busy.add(blockOf(use % 65_536));
    return [...this.#blocks.values()]
      .filter(({ index, idleSince }) => idleSince <= since && !busy.has(index))
      .map(({ index }) => index);
  }

  /** Protocols with a connection. */
  protocols(): Set<number> {
    return new Set([...this.#uses.keys()].map((use) => Math.floor(use / 65_536)));
  }

  *#blocksIn({ from, to }: Ports): Generator<Block> {
    const [first, last] = [blockOf(from), blockOf(to)];
    for (const block of this.#blocks.values()) if (block.index >= first && block.index <= last) yield block;
  }

  #ports(proto: number): UnusedPorts {
    let unused = this.#unused.get(proto);
    if (unused === undefined) {
      unused = new UnusedPorts();
      for (const index of this.#blocks.keys()) unused.addBlock(index, (port) => this.usesOf(proto, port) > 0);
      this.#unused.set(proto, unused);
    }
    return unused;
  }

  #usedIn(index: number, proto: number): number {
    return this.#usedPorts.get(proto)?.[index] ?? 0;
  }

  #count(proto: number, port: number, by: 1 | -1): void {
    let used = this.#usedPorts.get(proto);
    if (used === undefined) this.#usedPorts.set(proto, (used = new Uint8Array(BLOCKS)));
    used[blockOf(port)]! += by;
  }
}

/** Less than a quarter is unused. */
export function isLow({ used, held }: Usage): boolean {
  return (held - used) * 4 < held;
}
