import type { VersionRange } from '@midonet/contract';
import type { Connection } from '@midonet/flow';
import type { Clock, Timer } from '../../clock.ts';
import { ConnectionCodec, type Told } from '../connection-codec.ts';
import type { ConnectionKey } from '../connection-table.ts';
import { classStatements } from './class-statements.ts';
import { Sealer, type Keys } from './datagram.ts';
import { EXCHANGE_VERSIONS, WITH_CLASSES } from './exchange-versions.ts';
import type { Listener } from './in-stream.ts';
import { Peer, type Counters } from './peer.ts';
import type { Statement } from './statement.ts';

/** UDP port of the exchange, on the host's address in its tunnel zone. */
export const EXCHANGE_PORT = 6678;

export type Address = { readonly address: string; readonly port: number };

export type StateExchangeOptions = {
  /** UUID of this host. */
  readonly hostId: string;
  /** Which run of this host's agent it is: higher than in every earlier one, see `nextEpoch`. */
  readonly epoch: number;
  readonly keys: Keys;
  /** Versions of the exchange that are spoken. */
  readonly versions?: VersionRange | undefined;
};

export type StateExchangeModules = Listener & {
  readonly clock: Clock;
  /** Sends at once; what gets lost is sent again. */
  readonly send: (bytes: Uint8Array, to: Address) => void;
  /** Where a host is to be reached; undefined when it has no address in common. */
  readonly addressOf: (host: string) => Address | undefined;
  /**
   * The connections of this host that concern another, for when it must hear all of them; it forgets
   * the others that this host told it. Asked from the first `greet` or `share` of that host on.
   * `undefined` is a step that found none, for a search to be cut at.
   */
  readonly concerning: (host: string) => Iterable<Told | undefined>;
  /** A host has answered: what is said from now on is told at once. */
  readonly onMet?: (host: string) => void;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const TICK_MS = 10;
/** How often hosts are looked at that have not answered: of a thousand many may be down for long. */
const SILENT_TICK_MS = 250;
/** Hosts known at most; beyond them nobody is heard or told. */
const MOST_PEERS = 8_192;
/** Datagrams kept for all peers together, sent or received: some 80 MiB when all are full. */
const MOST_DATAGRAMS = 65_536;

/**
 * Tells other hosts of this host's connections and hears of theirs, reliably and in order, over
 * datagrams that get lost, doubled and mixed up. Whom to tell is the caller's to say, each time.
 */
export class StateExchange {
  readonly counters: Counters & {
    malformed: number;
    wrongKey: number;
    /** For another host, or from this one. */
    misdirected: number;
    /** Without an address. */
    unknownHost: number;
    tooManyPeers: number;
    /** Sent in all, acknowledgements and hellos included, without UDP's headers. */
    bytes: number;
  } = {
    ...{ statements: 0, datagrams: 0, again: 0, dropped: 0, overflows: 0, tellings: 0, unencodable: 0 },
    ...{ heard: 0, duplicates: 0, ahead: 0, unreadable: 0 },
    ...{ replayed: 0, silent: 0, otherVersion: 0, hellos: 0, acks: 0 },
    ...{ malformed: 0, wrongKey: 0, misdirected: 0, unknownHost: 0, tooManyPeers: 0, bytes: 0 },
  };
  readonly #options: StateExchangeOptions;
  readonly #modules: StateExchangeModules;
  readonly #sealer: Sealer;
  readonly #codec = new ConnectionCodec();
  readonly #peers = new Map<string, Peer>();
  /** Peers with something unsent. */
  readonly #unsent = new Set<Peer>();
  /** Peers that `tick` must look at. */
  readonly #busy = new Set<Peer>();
  /** Those that nothing but hellos are due to. */
  readonly #silent = new Set<Peer>();
  #timer: Timer | undefined;
  #silentTimer: Timer | undefined;
  #datagrams = 0;
  #closed = false;

  /** Throws when a key is not hex of 32 bytes or more, or the host's id no UUID. */
  constructor(options: StateExchangeOptions, modules: StateExchangeModules) {
    if (!UUID.test(options.hostId)) throw new Error(`hostId must be a UUID in lower case, not '${options.hostId}'`);
    this.#options = options;
    this.#modules = modules;
    this.#sealer = new Sealer(options.keys);
  }

  /** Peers known, and datagrams kept for them. */
  get load(): { readonly peers: number; readonly datagrams: number } {
    return { peers: this.#peers.size, datagrams: this.#datagrams };
  }

  /** Hosts that speak no version that this one speaks: nothing is told to them and nothing heard of them. */
  get incompatible(): Map<string, VersionRange> {
    const found = new Map<string, VersionRange>();
    for (const { host, incompatible } of this.#peers.values()) {
      if (incompatible !== undefined) found.set(host, incompatible);
    }
    return found;
  }

  setKeys(keys: Keys): void {
    this.#sealer.setKeys(keys);
  }

  /** Gets in touch with hosts before there is anything to say: the first thing said then goes at once. */
  greet(hosts: Iterable<string>): void {
    for (const host of hosts) this.#toward(host, (peer) => peer.greet());
  }

  /** A connection opened, changed, or goes on; `flush` sends it. */
  share(told: Told, hosts: readonly string[]): void {
    this.#say({ kind: 'opened', told }, hosts);
  }

  /** A connection closed. */
  close(key: ConnectionKey, hosts: readonly string[]): void {
    this.#say({ kind: 'closed', key }, hosts);
  }

  /** Whether the host can be told of classes, now. */
  hearsOfClasses(host: string): boolean {
    return this.#peers.get(host)?.speaks(WITH_CLASSES) === true;
  }

  /** Connections that differ in one port alone; the first packet of each will tell that it begins. */
  shareClass(number: number, members: readonly Connection[], host: string): void {
    for (const statement of classStatements(number, members)) this.#say(statement, [host]);
  }

  /** A port moves to another host, with these connections; they go bit by bit. */
  handOver(port: string, told: Iterable<Told | undefined>, host: string): void {
    this.#toward(host, (peer) => peer.sayAll(moved(port, told)));
  }

  /** A host is no more. */
  forget(host: string): void {
    const peer = this.#peers.get(host);
    if (peer === undefined) return;
    peer.drop();
    this.#peers.delete(host);
    this.#unsent.delete(peer);
    this.#watch(peer);
  }

  /** When this returns, what was said is given to `send`, as far as peers let it. */
  flush(): void {
    for (const peer of this.#unsent) peer.flush();
    this.#unsent.clear();
  }

  /** A datagram came; any bytes will do. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const datagram = this.#sealer.open(bytes);
    if (typeof datagram === 'string') {
      this.counters[datagram] += 1;
      return;
    }
    const { hostId } = this.#options;
    if (datagram.to !== hostId || datagram.from === hostId) {
      this.counters.misdirected += 1;
      return;
    }
    this.#toward(datagram.from, (peer) => peer.receive(datagram));
  }

  /** Says nothing more and hears nothing more. */
  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#silentTimer?.cancel();
    for (const host of [...this.#peers.keys()]) this.forget(host);
  }

  #say(statement: Statement, hosts: readonly string[]): void {
    for (const host of hosts) {
      this.#toward(host, (peer) => {
        peer.say(statement);
        this.#unsent.add(peer);
      });
    }
  }

  #toward(host: string, act: (peer: Peer) => void): void {
    if (this.#closed) return;
    const peer = this.#peer(host);
    if (peer === undefined) return;
    act(peer);
    this.#watch(peer);
  }

  #watch(peer: Peer): void {
    const { busy } = peer;
    if (busy === 'soon') this.#busy.add(peer);
    else this.#busy.delete(peer);
    if (busy === 'hello') this.#silent.add(peer);
    else this.#silent.delete(peer);
    const { clock } = this.#modules;
    if (this.#closed) return;
    if (this.#busy.size > 0) this.#timer ??= clock.after(TICK_MS, this.#tick);
    if (this.#silent.size > 0) this.#silentTimer ??= clock.after(SILENT_TICK_MS, this.#tickSilent);
  }

  #peer(host: string): Peer | undefined {
    const known = this.#peers.get(host);
    if (known !== undefined) return known;
    const { addressOf, clock, concerning, onMet } = this.#modules;
    if (!UUID.test(host) || host === this.#options.hostId || addressOf(host) === undefined) {
      this.counters.unknownHost += 1;
      return undefined;
    }
    if (this.#peers.size >= MOST_PEERS) {
      this.counters.tooManyPeers += 1;
      return undefined;
    }
    const peer = new Peer(host, this.#options.epoch, this.counters, {
      codec: this.#codec,
      listener: this.#modules,
      versions: this.#options.versions ?? EXCHANGE_VERSIONS,
      now: () => clock.now(),
      concerning: (of) => everything(concerning(of)),
      began: () => onMet?.(host),
      takeRoom: () => {
        if (this.#datagrams >= MOST_DATAGRAMS) return false;
        this.#datagrams += 1;
        return true;
      },
      giveRoom: (count) => (this.#datagrams -= count),
      send: (head, body) => {
        const to = addressOf(host);
        if (to === undefined) this.counters.unknownHost += 1;
        else {
          const { hostId, epoch } = this.#options;
          const sealed = this.#sealer.seal({ ...head, from: hostId, to: host, fromEpoch: epoch, body });
          this.counters.bytes += sealed.length;
          this.#modules.send(sealed, to);
        }
      },
    });
    this.#peers.set(host, peer);
    return peer;
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    this.flush();
    this.#look(this.#busy);
  };

  readonly #tickSilent = (): void => {
    this.#silentTimer = undefined;
    this.#look(this.#silent);
  };

  #look(peers: Iterable<Peer>): void {
    const now = this.#modules.clock.now();
    for (const peer of [...peers]) {
      peer.tick(now);
      this.#watch(peer);
    }
  }
}

function* everything(told: Iterable<Told | undefined>): Generator<Statement | undefined> {
  yield { kind: 'everything' };
  for (const one of told) yield one && { kind: 'opened', told: one };
  yield { kind: 'thatIsAll' };
}

function* moved(port: string, told: Iterable<Told | undefined>): Generator<Statement | undefined> {
  for (const one of told) yield one && { kind: 'moved', port, told: one };
}
