import {
  answerTo,
  isBeside,
  translatesSource,
  type Connection,
  type NatRange,
  type SourceChoice,
  type SourceRequest,
  type Tuple,
} from '@midonet/flow';
import { IP_PROTOCOL, type IpAddress } from '@midonet/packet';
import { isLow, type AddressPool, type Probes, type Usage } from './address-pool.ts';
import { EndpointMappings } from './endpoint-mappings.ts';
import { ExhaustedDestinations } from './exhausted-destinations.ts';
import { ALL_PORTS, BLOCK_SIZE, type NatBlock, type Ports } from './port-blocks.ts';
import { PoolTable, type PoolBounds } from './pool-table.ts';
import { addressesFrom, allows, keepsPorts, partsOf } from './range-parts.ts';
import { parity } from './unused-ports.ts';

export type PortAllocatorModules = {
  /** Asks the connection table: true when no connection of the device has this tuple. */
  readonly isFree: (deviceId: string, reply: Tuple) => boolean;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** An internal endpoint has another external one, or one less. */
  readonly onMapped?: (deviceId: string, proto: number, src: IpAddress, srcPort: number) => void;
  /** A port that endpoints had to themselves has another owner too. */
  readonly onShared?: (deviceId: string, proto: number, address: IpAddress, port: number) => void;
  /** A block with ports in that range should be leased; said again and again while that is so. */
  readonly onWanted: (deviceId: string, address: IpAddress, ports: Ports) => void;
};

export type PortAllocatorOptions = Partial<PoolBounds> & {
  /** Where in a range of addresses this host begins, so that hosts spread over it: any whole number from 0. */
  readonly spread?: number | undefined;
  readonly idleMs?: number | undefined;
};

export type PortAllocatorStats = {
  /** Connections that got an unused port. */
  readonly chosen: number;
  /** Connections of an endpoint that kept its port. */
  readonly reused: number;
  /** Connections that share a port with another endpoint, towards other destinations. */
  readonly overloaded: number;
  /** Times the answer was that everything is taken. */
  readonly exhausted: number;
  readonly blocks: number;
  readonly endpoints: number;
  readonly addresses: readonly AddressUsage[];
};

export type AddressUsage = Usage & {
  readonly deviceId: string;
  readonly address: IpAddress;
  readonly blocks: number;
  /** Blocks of this address that no host holds, as a controller last said. */
  readonly leftInCloud: number | undefined;
};

/** TCP, UDP, DCCP, SCTP, UDP-Lite, and the identifier of ICMP echoes. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136, IP_PROTOCOL.icmp4, IP_PROTOCOL.icmp6]);
/** What is reserved are ports that any connection may get. */
const FIRST_RESERVED = 1024;
const LAST_PORT = 65_535;
/** Of a request whose range is not remembered any more. */
const DEFAULT_PORTS: Ports = { from: 1024, to: 65_535 };
const IDLE_MS = 300_000;
/** Ports tried for one that is free towards a destination, before it counts as exhausted: some milliseconds. */
const MAX_PROBES = 8192;

/**
 * Chooses the source of a new connection among the ports whose blocks this host leases (RFC 4787,
 * RFC 5382, RFC 5508). Nothing is taken until the connection is opened, so the same question has the
 * same answer until then. Protocols without ports, and ranges that leave ports as they are, need no
 * block: there only this host's own connections are kept apart.
 */
export class PortAllocator {
  readonly #modules: PortAllocatorModules;
  readonly #spread: number;
  readonly #idleMs: number;
  readonly #pools: PoolTable;
  readonly #mappings = new EndpointMappings();
  readonly #reserved = new Set<string>();
  readonly #full = new ExhaustedDestinations();
  /** Counts releases: what was released before what. */
  #sequence = 0;
  #chosen = 0;
  #reused = 0;
  #overloaded = 0;
  #exhausted = 0;

  constructor(modules: PortAllocatorModules, options: PortAllocatorOptions = {}) {
    this.#modules = modules;
    this.#spread = options.spread ?? 0;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#pools = new PoolTable(options);
  }

  choose(request: SourceRequest): SourceChoice {
    const ranges = request.ranges.filter(({ addressFrom }) => typeof addressFrom === typeof request.now.src);
    const mapped = this.#mapped(request, ranges);
    if (mapped !== undefined) return mapped;
    if (!WITH_PORTS.has(request.now.proto) || ranges.every(keepsPorts)) return this.#unchanged(request, ranges);
    const groups = this.#groups(request, ranges);
    for (const pools of groups) {
      const unused = this.#search(request, ranges, pools, undefined);
      if (unused !== undefined) return unused;
    }
    if (!this.#full.has(request)) {
      const probes: Probes = { left: MAX_PROBES };
      for (const pools of groups) {
        const shared = this.#search(request, ranges, pools, probes);
        if (shared !== undefined) return shared;
      }
      this.#full.add(request);
    }
    const address = this.#leasable(request, ranges);
    if (address !== undefined) return { kind: 'unleased', address };
    this.#exhausted++;
    return { kind: 'exhausted' };
  }

  /** A simulation lacks ports of the address (`unleased`): asks for the range it was about. */
  wanted(deviceId: string, address: IpAddress): void {
    this.#modules.onWanted(deviceId, address, this.#pools.asked(deviceId, address)?.ports ?? DEFAULT_PORTS);
  }

  /**
   * Unused ports of an address that keep to the request's ranges, at most so many: nobody else is given
   * them until they are given back. Of both parities, from 1024 on.
   */
  reserve(request: SourceRequest, address: IpAddress, count: number): number[] {
    const { device, original, now } = request;
    const pool = this.#pools.get(device, address);
    const ranges = request.ranges.filter(({ addressFrom }) => typeof addressFrom === typeof now.src);
    if (pool === undefined || !WITH_PORTS.has(original.proto) || ranges.every(keepsPorts)) return [];
    const taken: number[] = [];
    for (const part of partsOf(ranges, address, FIRST_RESERVED)) {
      for (const odd of [0, 1] as const) {
        while (taken.length < count) {
          const port = pool.unused(original.proto, part, odd, (one) => one >= FIRST_RESERVED && one < LAST_PORT);
          if (port === undefined) break;
          pool.take(original.proto, port);
          this.#reserved.add(reservedKey(device, original.proto, address, port));
          taken.push(port);
        }
      }
      if (taken.length < count) this.#modules.onWanted(device, address, part);
    }
    return taken;
  }

  unreserve({ device, original }: SourceRequest, address: IpAddress, port: number): void {
    if (!this.#reserved.delete(reservedKey(device, original.proto, address, port))) return;
    this.#pools.get(device, address)?.free(original.proto, port, ++this.#sequence, this.#modules.now());
  }

  /** Ports of a request's internal address that have an external one. */
  mappedPorts({ device, original }: SourceRequest): Iterable<number> {
    return this.#mappings.portsOf(device, original.proto, original.src);
  }

  /** What the internal address of a request has for a port of its own. */
  mappingOf(
    { device, original }: SourceRequest,
    srcPort: number,
  ): { readonly address: IpAddress; readonly port: number; readonly isShared: boolean } | 'several' | undefined {
    const [mapping, ...more] = this.#mappings.of(device, original.proto, original.src, srcPort);
    if (mapping === undefined) return undefined;
    if (more.length > 0) return 'several';
    const { address, port, connections } = mapping;
    const isShared = (this.#pools.get(device, address)?.usesOf(original.proto, port) ?? 0) > connections;
    return { address, port, isShared };
  }

  /** A connection was opened, by this or by an earlier run. Each is told once. */
  taken(connection: Connection): void {
    if (!translatesSource(connection)) return;
    const { device, original, reply } = connection;
    const { proto } = original;
    const [address, port] = [reply.dst, reply.dstPort];
    const isKnown = this.#mappings
      .of(device, proto, original.src, original.srcPort)
      .some((each) => each.address === address && each.port === port);
    const pool = this.#pools.ensure(device, address);
    if (!isKnown && pool.usesOf(proto, port) > 0) this.#modules.onShared?.(device, proto, address, port);
    if (pool.holds(port)) {
      if (isKnown) this.#reused++;
      else if (pool.usesOf(proto, port) > 0) this.#overloaded++;
      else this.#chosen++;
    }
    pool.take(proto, port);
    this.#mappings.add(device, proto, original.src, original.srcPort, address, port);
    this.#modules.onMapped?.(device, proto, original.src, original.srcPort);
    if (pool.holds(port)) this.#forecast(pool, proto, port);
  }

  /** A connection was closed, or ran out. Told of every connection, translated or not. */
  freed(connection: Connection): void {
    const { device, original, reply } = connection;
    this.#full.freed(device, reply);
    if (!translatesSource(connection)) return;
    const pool = this.#pools.get(device, reply.dst);
    if (pool === undefined) return;
    pool.free(original.proto, reply.dstPort, ++this.#sequence, this.#modules.now());
    this.#pools.dropIfEmpty(pool);
    this.#mappings.remove(device, original.proto, original.src, original.srcPort, reply.dst, reply.dstPort);
    this.#modules.onMapped?.(device, original.proto, original.src, original.srcPort);
  }

  addBlock(block: NatBlock): void {
    this.#full.clear();
    this.#pools.addBlock(block, this.#modules.now());
  }

  /** Chooses none of its ports any more. Its connections stay counted until they are freed. */
  loseBlock(block: NatBlock): void {
    this.#pools.loseBlock(block);
    this.#full.clear();
  }

  /** No controller has a block with ports in that range: it is not asked for until `untilMs` of the clock. */
  noneLeft(deviceId: string, address: IpAddress, ports: Ports, untilMs: number): void {
    this.#pools.noneLeft(deviceId, address, ports, untilMs);
  }

  /** How many blocks of the address no host holds, as a controller says. */
  leftInCloud(deviceId: string, address: IpAddress, blocks: number): void {
    this.#pools.setLeft(deviceId, address, blocks);
  }

  /** Takes out the blocks that had no connection for five minutes and are not needed soon: to be given back. */
  giveBack(): NatBlock[] {
    const since = this.#modules.now() - this.#idleMs;
    const given: NatBlock[] = [];
    for (const pool of [...this.#pools.all()]) {
      for (const block of pool.idleBlocks(since)) {
        // Half unused is what must stay, so that the next few connections do not ask for it again.
        const needed = [...pool.protocols()].some((proto) => {
          const { used, held } = pool.usage(proto, ALL_PORTS);
          return (held - BLOCK_SIZE - used) * 2 < held - BLOCK_SIZE;
        });
        if (needed) break;
        given.push({ deviceId: pool.deviceId, address: pool.address, block });
        this.loseBlock({ deviceId: pool.deviceId, address: pool.address, block });
      }
    }
    return given;
  }

  stats(): PortAllocatorStats {
    const addresses: AddressUsage[] = [];
    for (const pool of this.#pools.all()) {
      if (pool.blockCount === 0) continue;
      const { deviceId, address, blockCount } = pool;
      const leftInCloud = this.#pools.left(deviceId, address);
      addresses.push({ deviceId, address, blocks: blockCount, ...pool.mostUsed(), leftInCloud });
    }
    return {
      chosen: this.#chosen,
      reused: this.#reused,
      overloaded: this.#overloaded,
      exhausted: this.#exhausted,
      blocks: this.#pools.blocks,
      endpoints: this.#mappings.size,
      addresses,
    };
  }

  #accepts(request: SourceRequest, address: IpAddress, port: number): boolean {
    const answer = answerTo(request, address, port);
    return !isBeside(request, answer) && this.#modules.isFree(request.device, answer);
  }

  /** RFC 4787 REQ-1: the endpoint keeps what it has, whatever the destination. */
  #mapped(request: SourceRequest, ranges: readonly NatRange[]): SourceChoice | undefined {
    const { device, original } = request;
    for (const { address, port } of this.#mappings.of(device, original.proto, original.src, original.srcPort)) {
      if (!allows(ranges, address, port) || !this.#accepts(request, address, port)) continue;
      const isMine =
        !WITH_PORTS.has(original.proto) || ranges.every(keepsPorts) || this.#pools.get(device, address)?.holds(port);
      if (isMine === true) return { kind: 'chosen', address, port };
    }
    return undefined;
  }

  #unchanged(request: SourceRequest, ranges: readonly NatRange[]): SourceChoice {
    const port = request.now.srcPort;
    for (const { address } of this.#mappings.pairedWith(request.device, request.original.src)) {
      if (ranges.some((range) => allows([range], address, port)) && this.#accepts(request, address, port)) {
        return { kind: 'chosen', address, port };
      }
    }
    const probes: Probes = { left: MAX_PROBES };
    for (const range of ranges) {
      for (const address of addressesFrom(range, this.#spread)) {
        if (probes.left-- <= 0) break;
        if (this.#accepts(request, address, port)) return { kind: 'chosen', address, port };
      }
    }
    this.#exhausted++;
    return { kind: 'exhausted' };
  }

  /** Pools to take from: first those that the internal address has a port of already (RFC 4787 REQ-2). */
  #groups({ device, original }: SourceRequest, ranges: readonly NatRange[]): readonly (readonly AddressPool[])[] {
    const paired = new Set<AddressPool>();
    for (const { address } of this.#mappings.pairedWith(device, original.src)) {
      const pool = this.#pools.get(device, address);
      if (pool !== undefined) paired.add(pool);
    }
    const others = [...this.#pools.of(device)].filter((pool) => !paired.has(pool));
    return [[...paired], others].map((pools) =>
      pools.filter(({ address, blockCount }) => blockCount > 0 && partsOf(ranges, address, 0).length > 0),
    );
  }

  /** With `probes` among the ports in use, otherwise among the others. Range first (REQ-3 b), then parity (REQ-4). */
  #search(
    request: SourceRequest,
    ranges: readonly NatRange[],
    pools: readonly AddressPool[],
    probes: Probes | undefined,
  ): SourceChoice | undefined {
    const { proto, srcPort } = request.now;
    const own = parity(srcPort);
    const places = pools.map((pool) => ({ pool, parts: partsOf(ranges, pool.address, srcPort) }));
    const most = Math.max(0, ...places.map(({ parts }) => parts.length));
    for (let turn = 0; turn < most; turn++) {
      for (const odd of [own, own === 0 ? 1 : 0] as const) {
        for (const { pool, parts } of places) {
          const part = parts[turn];
          if (part === undefined) continue;
          const accept = (port: number): boolean =>
            this.#accepts(request, pool.address, port) &&
            !this.#reserved.has(reservedKey(request.device, proto, pool.address, port));
          const port =
            probes === undefined
              ? pool.unused(proto, part, odd, accept)
              : pool.overloaded(proto, part, odd, accept, probes);
          if (port === undefined) continue;
          this.#pools.ask(pool.deviceId, pool.address, { ports: part, ranges });
          return { kind: 'chosen', address: pool.address, port };
        }
      }
    }
    return undefined;
  }

  /** An address of which a block can be had: a paired one, one that is held already, any. */
  #leasable({ device, original, now }: SourceRequest, ranges: readonly NatRange[]): IpAddress | undefined {
    const paired = this.#mappings.pairedWith(device, original.src).map(({ address }) => address);
    const held = [...this.#pools.of(device)].map(({ address }) => address);
    const all = ranges.map((range) => addressesFrom(range, this.#spread));
    return this.#lease(device, [paired, held, ...all], ranges, now.srcPort);
  }

  /** Another block is asked for when less than a quarter of what is held of the address is unused. */
  #forecast(pool: AddressPool, proto: number, port: number): void {
    const { deviceId, address } = pool;
    const asked = this.#pools.asked(deviceId, address);
    if (asked === undefined || port < asked.ports.from || port > asked.ports.to) return;
    const { ports, ranges } = asked;
    if (!pool.isLow(proto, ports)) return;
    if (this.#pools.canLease(deviceId, address, ports, this.#modules.now())) {
      this.#modules.onWanted(deviceId, address, ports);
      return;
    }
    // Nothing more of this address: the next one, unless those held besides have room.
    const total = { used: 0, held: 0 };
    for (const other of this.#pools.of(deviceId)) {
      for (const part of partsOf(ranges, other.address, port)) {
        const { used, held } = other.usage(proto, part);
        total.used += used;
        total.held += held;
      }
    }
    if (!isLow(total)) return;
    const next = this.#lease(
      deviceId,
      ranges.map((range) => addressesFrom(range, this.#spread)),
      ranges,
      port,
    );
    if (next !== undefined) this.wanted(deviceId, next);
  }

  /** The first address of which a block can be had, its range noted. */
  #lease(
    deviceId: string,
    addresses: readonly Iterable<IpAddress>[],
    ranges: readonly NatRange[],
    sourcePort: number,
  ): IpAddress | undefined {
    const now = this.#modules.now();
    for (const each of addresses) {
      for (const address of each) {
        for (const ports of partsOf(ranges, address, sourcePort)) {
          if (!this.#pools.canLease(deviceId, address, ports, now)) continue;
          this.#pools.ask(deviceId, address, { ports, ranges });
          return address;
        }
      }
    }
    return undefined;
  }
}

function reservedKey(device: string, proto: number, address: IpAddress, port: number): string {
  return `${device} ${proto} ${address} ${port}`;
}
