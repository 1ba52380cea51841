import type { ClientMessage } from '@midonet/contract';
import {
  egressOf,
  sameTuple,
  type Connection,
  type ConnectionView,
  type Direction,
  type Found,
  type FragmentKey,
  type Outcome,
  type SourceChoice,
  type SourceRequest,
  type Tuple,
  type Verdict,
} from '@midonet/flow';
import { IP_PROTOCOL, TCP_FLAG, type IpAddress } from '@midonet/packet';
import { parseId, type DeviceChanges, type HostId, type PortId, type TopologyItem } from '@midonet/topology';
import { every, type Clock, type Timer } from '../clock.ts';
import type { FlowWriter } from '../flows/flow-writer.ts';
import type { StateDir } from '../host/state-dir.ts';
import type { Logger } from '../logger.ts';
import { LeaseClient } from '../nat/lease-client.ts';
import { PortAllocator } from '../nat/port-allocator.ts';
import { blockOf, type NatBlock } from '../nat/port-blocks.ts';
import type { Packet } from '../upcalls/packet.ts';
import { natPortsKey } from '../view/missing-key.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { Arrivals, arrivalKey } from './arrivals.ts';
import { Audience } from './audience.ts';
import type { Told } from './connection-codec.ts';
import { ConnectionTable, type ConnectionKey } from './connection-table.ts';
import type { OpenUdpSocket } from './exchange/exchange-sockets.ts';
import { Fragments } from './fragments.ts';
import { Journal, type JournalClass } from './journal.ts';
import { Peers } from './peers.ts';
import { seenOf } from './connection-lifetimes.ts';
import { tcpFlagsOf } from './tcp-flags.ts';

export type ConnectionsModules = {
  readonly clock: Clock;
  readonly uptime: () => number;
  readonly wall: () => number;
  readonly logger: Logger;
  readonly state: StateDir;
  readonly knowledge: Knowledge;
  readonly flows: FlowWriter;
  readonly send: (message: ClientMessage) => boolean;
  readonly openSocket: OpenUdpSocket;
  /** Connections kept at most. */
  readonly maxConnections?: number | undefined;
};

export type ConnectionsEvents = {
  /** Packets may wait for this, see `missingKey`. */
  onArrived(key: string): void;
  /** The same, and nothing else will make them go on. */
  onSettled(key: string): void;
  /** Another host tells of a class of connections that begin there. */
  onClass(number: number, members: readonly Connection[], host: string): void;
  /** Those that the datapath opens connections of. */
  classes(): Iterable<JournalClass>;
  /** What the datapath translates by itself follows: see PortAllocatorModules. */
  onMapped(deviceId: string, proto: number, src: IpAddress, srcPort: number): void;
  onShared(deviceId: string, proto: number, address: IpAddress, port: number): void;
  onBlockLost(deviceId: string, address: IpAddress): void;
  /** What a host was told before it may have forgotten. */
  onTellAll(host: string): void;
  /** Whom to tell may be others from now on. */
  onAudience(): void;
  /** So that packets that come back are known: whom to tell depends on it. */
  onWanted(kind: 'port' | 'portGroup', id: string): void;
};

/** About 220 bytes each, taken as they come. */
const CAPACITY = 1_048_576;
const EXPIRE_MS = 250;
/** Less than the second after which a client sends its SYN again. */
const UNTOLD_MS = 500;
/** Looked at in one turn: some milliseconds. */
const EXPIRE_BUDGET = 5_000;
/** Slices of a journal that is written anew, in one turn. */
const COMPACT_SLICES = 4;

/**
 * Connections as this host knows them, and all that has to be done when one opens, goes on or ends:
 * flows that were decided without it go, its port is taken or freed, other hosts and the journal are
 * told. What simulations read, and what they propose, goes through here.
 */
export class Connections implements ConnectionView {
  readonly table: ConnectionTable;
  readonly allocator: PortAllocator;
  readonly leases: LeaseClient;
  readonly peers: Peers;
  readonly fragments: Fragments;
  readonly arrivals: Arrivals<PortId>;
  readonly journal: Journal;
  /** Classes of an earlier run, of which connections may have begun in the datapath since. */
  readonly earlierClasses = new Map<number, readonly Connection[]>();
  readonly #modules: ConnectionsModules;
  readonly #events: ConnectionsEvents;
  readonly #audience: Audience;
  /** Hosts that were greeted a moment ago. */
  readonly #meetings: Arrivals<HostId>;
  readonly #timers: Timer[] = [];
  readonly #lostBlocks: NatBlock[] = [];
  #droppingLost: Timer | undefined;
  /** Connections that began in the datapath, oldest first; gone within a second. */
  readonly #untold: { readonly connections: readonly Connection[]; readonly at: number }[] = [];

  constructor(modules: ConnectionsModules, events: ConnectionsEvents) {
    const { clock, uptime, wall, logger, state, knowledge, send } = modules;
    this.#modules = modules;
    this.#events = events;
    const now = (): number => clock.now();
    this.#audience = new Audience({ knowledge, want: (kind, id) => events.onWanted(kind, id) });
    this.fragments = new Fragments(now);
    this.arrivals = new Arrivals(clock, (port) => events.onSettled(arrivalKey(port)));
    this.#meetings = new Arrivals(clock, (host) => events.onSettled(arrivalKey(host)));
    this.table = new ConnectionTable(
      { capacity: modules.maxConnections ?? CAPACITY },
      {
        now,
        onGone: (connection) => this.#ended(connection),
        lastUsed: (connection) => this.#lastUsed(connection),
        onStillUsed: (connection) => this.#tell(connection),
      },
    );
    this.allocator = new PortAllocator(
      {
        isFree: (device, reply) => this.table.find(device, reply) === undefined,
        now,
        onWanted: (device, address, ports) => this.leases.want(device, address, ports),
        onMapped: (...endpoint) => events.onMapped(...endpoint),
        onShared: (...port) => events.onShared(...port),
      },
      { spread: Number.parseInt(knowledge.hostId.slice(0, 8), 16) },
    );
    this.leases = new LeaseClient(
      { send, clock, uptime, wall, state, allocator: this.allocator, logger },
      {
        onBlockLost: (block) => this.#blockLost(block),
        onAnswered: (device, address) => events.onArrived(natPortsKey(device, address)),
      },
    );
    this.journal = new Journal({
      state,
      all: () => this.#allTold(),
      classes: () => events.classes(),
      failed: (error) => logger.error({ err: error }, 'cannot write down connections: a restart would lose them'),
    });
    this.peers = new Peers(
      { clock, wall, logger, state, knowledge, openSocket: modules.openSocket },
      {
        onOpened: (told, host) => this.#heard(told, host),
        onClosed: (keys) => {
          for (const key of keys) this.#remove(key);
        },
        onMoved: (port, told, host) => {
          this.#heard(told, host);
          const id = parseId<PortId>(port);
          if (id !== undefined) this.arrivals.settled(id);
        },
        onClass: (number, members, host) => events.onClass(number, members, host),
        onGreeted: (host) => this.#meetings.arrived(host),
        onMet: (host) => this.#meetings.settled(host),
        doubt: (host) => this.table.doubt(host),
        doubted: (host) => this.table.doubted(host),
        concerning: (host) => {
          events.onTellAll(host);
          return this.#concerning(host);
        },
      },
    );
  }

  /** Takes up what an earlier run knew. Before the first packet. */
  start(): void {
    const { clock } = this.#modules;
    for (const item of this.journal.open()) {
      if ('members' in item) this.earlierClasses.set(item.number, item.members);
      else if (!('connection' in item)) this.table.remove(item);
      else {
        this.table.open(item.connection, 'local');
        this.table.advance(item.connection, item.progress);
      }
    }
    for (const connection of this.table.all()) this.allocator.taken(connection);
    this.leases.start();
    this.#timers.push(
      every(clock, EXPIRE_MS, () => {
        this.table.expire(clock.now(), EXPIRE_BUDGET);
        this.fragments.sweep();
        this.#tellUntold();
        this.flush();
        for (let i = 0; i < COMPACT_SLICES && this.journal.work(); i++);
      }),
    );
  }

  /** 'remove': the host leaves the cloud, its ports are for others. */
  stop(how: 'keep' | 'remove'): void {
    for (const timer of this.#timers) timer.cancel();
    this.#droppingLost?.cancel();
    this.arrivals.stop();
    this.#meetings.stop();
    if (how === 'remove') this.leases.releaseAll();
    this.leases.close();
    this.peers.stop();
    this.journal.close(how);
  }

  find(device: string, tuple: Tuple): Found | undefined {
    return this.table.find(device, tuple);
  }

  source(request: SourceRequest): SourceChoice {
    return this.allocator.choose(request);
  }

  fragment(key: FragmentKey): Tuple | undefined {
    return this.fragments.get(key);
  }

  /** Packets wait for ports of this address. */
  wanted(device: string, address: IpAddress): void {
    this.allocator.wanted(device, address);
  }

  /** A port runs here from now on. */
  plugged(port: PortId): void {
    if (this.#modules.knowledge.underlay.peers.size > 0) this.arrivals.arrived(port);
  }

  /**
   * What a packet that came in by `port` and opens connections should wait for, because packets of them
   * would not be known yet here or where they are answered.
   */
  awaited(port: PortId, opened: readonly Connection[]): string | undefined {
    if (opened.length === 0) return undefined;
    if (this.arrivals.isSettling(port)) return arrivalKey(port);
    if (this.#meetings.size === 0) return undefined;
    for (const connection of opened) {
      for (const host of this.#audience.of(connection)) if (this.#meetings.isSettling(host)) return arrivalKey(host);
    }
    return undefined;
  }

  /** Takes in what a packet does to connections, before it goes anywhere. */
  commit(outcome: Outcome, packet: Pick<Packet, 'key' | 'frame'>): void {
    const { connections, opened, fragments } = outcome;
    if (connections.length + opened.length + fragments.length === 0) return;
    for (const { key, tuple } of fragments) this.#events.onArrived(this.fragments.put(key, tuple));
    const flags = tcpFlagsOf(packet.key, packet.frame);
    for (const connection of opened) {
      this.#open(connection);
      this.table.note(connection, 'original', flags ?? 0);
      this.#tell(connection);
    }
    for (const { connection, direction } of connections) {
      if (direction === 'original') this.#passed(connection, outcome.verdict);
      // An ICMP error about it is no packet of it.
      if (flags !== undefined || connection.original.proto !== IP_PROTOCOL.tcp) {
        this.#saw(connection, direction, flags ?? 0);
      }
    }
  }

  /** They began in the datapath, with a packet of these flags. */
  began(connections: readonly Connection[], tcpFlags: number): void {
    for (const connection of connections) {
      this.#open(connection);
      this.table.note(connection, 'original', tcpFlags);
      this.journal.opened(this.#told(connection));
    }
    if (connections.length > 0) this.#untold.push({ connections, at: this.#modules.clock.now() });
  }

  /**
   * Their first packet has told the host where they are answered. In case it was lost that is said
   * again, before a client tries anew; what is over by then was told with its end.
   */
  #tellUntold(): void {
    const until = this.#modules.clock.now() - UNTOLD_MS;
    let due = 0;
    while ((this.#untold[due]?.at ?? Infinity) <= until) due++;
    for (const connection of this.#untold.splice(0, due).flatMap(({ connections }) => connections)) {
      if ((this.table.progress(connection).original & (TCP_FLAG.fin | TCP_FLAG.rst)) !== 0) continue;
      if (this.table.usedAt(connection) !== undefined) this.#share(connection);
    }
  }

  /** Their first packet came from another host, and told that they begin there. */
  beganAt(connections: readonly Connection[], host: string, tcpFlags: number): void {
    const progress = { original: seenOf(tcpFlags), reply: 0 };
    this.#heard(
      connections.map((connection) => ({ connection, progress })),
      host,
    );
  }

  /** Hosts other than this one that must know it. */
  audience(connection: Connection): readonly string[] {
    return this.#audience.of(connection);
  }

  /** A flow of these connections saw a FIN or RST. */
  closing(connections: readonly Found[], tcpFlags: number): void {
    for (const { connection, direction } of connections) this.#saw(connection, direction, tcpFlags);
  }

  /** Packets of a flow of these connections passed until then. */
  used(connections: readonly Found[], at: number, tcpFlags: number): void {
    for (const { connection, direction } of connections) {
      this.table.touch(connection, at);
      if (tcpFlags !== 0) this.#saw(connection, direction, tcpFlags);
    }
  }

  /** Takes in what other hosts have said by now. */
  receive(): void {
    this.peers.sockets.receive();
  }

  /** When this returns, everything said so far is with the kernel. */
  flush(): void {
    this.peers.flush();
    this.journal.flush();
  }

  /** News of ports and groups: others must hear of what they were not to hear of before. */
  topology(items: readonly TopologyItem[], changes: DeviceChanges): void {
    const touched = this.#audience.apply(items, changes);
    if (touched.length > 0) this.#events.onAudience();
    this.peers.meet(this.#audience.newHosts(changes));
    for (const port of touched) {
      const connections = this.table.ofPort(port);
      if (connections.length === 0) continue;
      const moved = this.#movedTo(port, changes);
      if (moved !== undefined) this.peers.handOver(port, connections.map(this.#told), moved);
      for (const connection of connections) this.#share(connection);
    }
    this.flush();
  }

  /** When packets of it last passed in flows, and what these flows saw of either direction. */
  #lastUsed(connection: Connection): number | undefined {
    const { flows, clock } = this.#modules;
    let last: number | undefined;
    for (const { usage, connections } of flows.usages(connection)) {
      const isIts = ({ connection: { device, original } }: Found): boolean =>
        device === connection.device && sameTuple(original, connection.original);
      if (connections.length > 0 && !connections.some(isIts)) continue;
      last = Math.max(last ?? 0, clock.now() - usage.idleForMs);
      if (usage.packets === 0) continue;
      const seen = seenOf(usage.tcpFlags);
      for (const found of connections) {
        if (found.connection.device !== connection.device) continue;
        const progress = found.direction === 'original' ? { original: seen, reply: 0 } : { original: 0, reply: seen };
        this.table.advance(found.connection, progress);
      }
    }
    return last;
  }

  #movedTo(port: PortId, changes: DeviceChanges): string | undefined {
    const after = changes.active.get(port)?.after?.hostId;
    return after === undefined || after === this.#modules.knowledge.hostId ? undefined : after;
  }

  #saw(connection: Connection, direction: Direction, tcpFlags: number): void {
    if (!this.table.note(connection, direction, tcpFlags)) return;
    // As it is now: it may pass through more ports than when it was found.
    this.#tell(this.table.find(connection.device, connection.original)?.connection ?? connection);
  }

  /** Where it leaves now it may not have left before: a first packet that expired on its way, another route. */
  #passed(connection: Connection, verdict: Verdict): void {
    if (verdict.kind !== 'forward') return;
    const egressPorts = egressOf(verdict.actions);
    if (egressPorts.every((port) => connection.egressPorts.includes(port))) return;
    // Who told it stays its teller: it may have leased the port that the source has.
    const result = this.table.open({ ...connection, egressPorts }, 'peer', this.table.tellerOf(connection));
    const now = result.kind === 'widened' ? this.table.find(connection.device, connection.original) : undefined;
    if (now !== undefined) this.#tell(now.connection);
  }

  #open(connection: Connection): void {
    // What began in the datapath may be heard from the host of the answers first: its port is taken here all the same.
    const isOthers = this.table.tellerOf(connection) !== undefined;
    const result = this.table.open(connection, 'local');
    if (result.kind === 'refreshed' || result.kind === 'widened') {
      if (isOthers) this.allocator.taken(connection);
      return;
    }
    if (result.kind === 'replaced') for (const old of result.old) this.#released(old);
    this.allocator.taken(connection);
    this.#invalidate(connection);
  }

  #heard(told: readonly Told[], host: string): void {
    for (const each of told) {
      const { connection, progress } = each;
      const result = this.table.open(connection, 'peer', this.#tellerOf(connection, host));
      this.table.advance(connection, progress);
      if (result.kind === 'replaced') for (const old of result.old) this.#released(old);
      if (result.kind === 'refreshed') continue;
      if (result.kind !== 'widened') this.#invalidate(connection);
      this.journal.opened(each);
    }
  }

  /**
   * Who tells all again after a restart tells what comes in or leaves there. Another host that saw an
   * answer must not become the one whose silence ends the connection.
   */
  #tellerOf(connection: Connection, host: string): string {
    const known = this.table.tellerOf(connection);
    if (known === undefined || known === host) return host;
    return this.#audience.isAt(connection, host) || !this.#audience.isAt(connection, known) ? host : known;
  }

  /** It goes for another reason than its age. */
  #remove(key: ConnectionKey): void {
    const found = this.table.find(key.device, key.original);
    if (found === undefined || !this.table.remove(key)) return;
    this.#ended(found.connection);
  }

  #ended(connection: Connection): void {
    this.journal.closed(connection);
    this.#released(connection);
  }

  #released(connection: Connection): void {
    this.allocator.freed(connection);
    this.#invalidate(connection);
  }

  #invalidate(connection: Connection): void {
    const { flows } = this.#modules;
    if (flows.usesConnection(connection)) flows.invalidate({ tags: [], connections: [connection], routes: [] });
  }

  /** To the journal and to other hosts. */
  #tell(connection: Connection): void {
    this.journal.opened(this.#told(connection));
    this.#share(connection);
  }

  #share(connection: Connection): void {
    const hosts = this.#audience.of(connection);
    // Whose block of ports it is must know that it goes on, also when no packet passes there any more.
    const teller = this.table.tellerOf(connection);
    const all = teller === undefined || hosts.some((host) => host === teller) ? hosts : [...hosts, teller];
    if (all.length > 0) this.peers.share(this.#told(connection), all);
  }

  readonly #told = (connection: Connection): Told => ({ connection, progress: this.table.progress(connection) });

  *#allTold(): Generator<Told> {
    for (const connection of this.table.all()) yield this.#told(connection);
  }

  *#concerning(host: string): Generator<Told | undefined> {
    for (const connection of this.table.all()) {
      yield this.#concerns(connection, host) ? this.#told(connection) : undefined;
    }
  }

  /** What is not told again is forgotten there: in doubt, as long as its ports are not known here, it is told. */
  #concerns(connection: Connection, host: string): boolean {
    if (!this.#audience.knows(connection)) return true;
    return this.#audience.isHere(connection) && this.#audience.of(connection).some((one) => one === host);
  }

  /** In one turn over the table for all blocks that are lost at the same time. */
  #blockLost(block: NatBlock): void {
    this.#events.onBlockLost(block.deviceId, block.address);
    this.#lostBlocks.push(block);
    this.#droppingLost ??= this.#modules.clock.after(0, () => this.#dropLost());
  }

  #dropLost(): void {
    this.#droppingLost = undefined;
    const lost = new Set(this.#lostBlocks.splice(0).map(blockKey));
    for (const connection of this.table.all()) {
      const { device, original, reply } = connection;
      if (reply.dst === original.src && reply.dstPort === original.srcPort) continue;
      if (!lost.has(blockKey({ deviceId: device, address: reply.dst, block: blockOf(reply.dstPort) }))) continue;
      this.peers.close(connection, this.#audience.of(connection));
      this.#remove(connection);
    }
    this.flush();
  }
}

function blockKey({ deviceId, address, block }: NatBlock): string {
  return `${deviceId} ${address} ${block}`;
}
