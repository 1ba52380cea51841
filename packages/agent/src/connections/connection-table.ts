import type { Connection, Direction, Found, Tuple } from '@midonet/flow';
import { lifetimeOf, phaseOf, PHASES, seenOf, startsAnew, type Phase, type Progress } from './connection-lifetimes.ts';
import { MOST_PORTS } from './connection-codec.ts';
import { ExpiryWheel } from './expiry-wheel.ts';
import { EntryLists } from './entry-lists.ts';
import { Labels } from './labels.ts';
import { PortLabels } from './port-labels.ts';
import { TupleIndex, type Ref } from './tuple-index.ts';

export type ConnectionTableOptions = {
  /** Connections at most; their memory (about 220 bytes each) is taken as they come. */
  readonly capacity: number;
};

export type ConnectionTableModules = {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** A connection went by itself: unused for its lifetime, or it gave way to a new one. */
  onGone(connection: Connection, why: GoneReason): void;
  /** When packets of it last passed without coming up, as `now` counts; asked before it goes. */
  lastUsed?(connection: Connection): number | undefined;
  /** Half its lifetime went by and it was used: those who see one direction alone should hear of it. */
  onStillUsed?(connection: Connection): void;
};

export type GoneReason = 'idle' | 'evicted';

/** Who made a connection known: a packet on this host, or another host. */
export type Origin = 'local' | 'peer';

/** What tells a connection from others. */
export type ConnectionKey = Pick<Connection, 'device' | 'original' | 'reply'>;

export type Opened =
  | { readonly kind: 'opened' }
  /** It takes the place of others that had one of its tuples, or had both with another member. */
  | { readonly kind: 'replaced'; readonly old: readonly Connection[] }
  /** It was there and passes through more ports than was known. */
  | { readonly kind: 'widened' }
  /** It was there as it is; its rest begins again. */
  | { readonly kind: 'refreshed' };

/**
 * Every connection this host knows. Entries are numbers into arrays, and what is handed out is made
 * when it is asked for: connections are equal by device and tuples, not by identity. Single thread;
 * every call runs to its end.
 *
 * When the table is full, the least recently used gives way: of those that are closing, else of the
 * unanswered, else of all.
 */
export class ConnectionTable {
  readonly counters = {
    opened: 0,
    idle: 0,
    evicted: { closing: 0, unanswered: 0, answered: 0 } satisfies Record<Phase, number>,
  };
  readonly #options: ConnectionTableOptions;
  readonly #modules: ConnectionTableModules;
  readonly #index: TupleIndex;
  readonly #devices = new Labels<string>();
  readonly #members = new Labels<string>();
  readonly #hosts = new Labels<string>();
  readonly #ports: PortLabels;
  readonly #byHost: EntryLists;
  /** One list for each phase, the least recently used first. */
  readonly #byUse: EntryLists;
  readonly #wheel: ExpiryWheel;
  readonly #lastUsed: Float64Array;
  readonly #free: number[] = [];
  /** By number of the phase. */
  readonly #inPhase = PHASES.map(() => 0);
  #highest = 0;
  #size = 0;

  constructor(options: ConnectionTableOptions, modules: ConnectionTableModules) {
    const { capacity } = options;
    this.#options = options;
    this.#modules = modules;
    this.#index = new TupleIndex(capacity);
    this.#ports = new PortLabels(capacity);
    this.#byHost = new EntryLists(capacity);
    this.#byUse = new EntryLists(capacity);
    this.#wheel = new ExpiryWheel(capacity, modules.now());
    this.#lastUsed = new Float64Array(capacity + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** How many are how far. */
  get phases(): Readonly<Record<Phase, number>> {
    const [closing = 0, unanswered = 0, answered = 0] = this.#inPhase;
    return { closing, unanswered, answered };
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  find(device: string, tuple: Tuple): Found | undefined {
    const ref = this.#ref(device, tuple);
    if (ref === 0) return undefined;
    return { connection: this.#connection(ref >> 1), direction: (ref & 1) === 0 ? 'original' : 'reply' };
  }

  /**
   * Takes in a connection, or what changed about it. `host` is the one that told, when its origin is
   * a peer: `ofHost` lists them.
   */
  open(connection: Connection, origin: Origin, host?: string): Opened {
    const { device, original, reply } = connection;
    const [first, second] = [this.#ref(device, original), this.#ref(device, reply)];
    const teller = origin === 'peer' ? host : undefined;
    if (first !== 0 && first >> 1 === this.#entryOf(connection) && this.#sameMember(first >> 1, connection)) {
      // What this host found out itself stays its own, also when another tells the same.
      if (origin === 'local' || this.#index.fact(first >> 1, HOST) !== 0) this.#tellHost(first >> 1, teller);
      this.#use(first >> 1, this.#modules.now());
      return { kind: this.#widen(first >> 1, connection) ? 'widened' : 'refreshed' };
    }
    const old: Connection[] = [];
    for (const entry of new Set([first >> 1, second >> 1])) {
      if (entry === 0) continue;
      old.push(this.#connection(entry));
      this.#drop(entry);
    }
    this.#put(connection, teller);
    this.counters.opened += 1;
    return old.length === 0 ? { kind: 'opened' } : { kind: 'replaced', old };
  }

  /** False when it is not there. */
  remove(connection: ConnectionKey): boolean {
    const entry = this.#entryOf(connection);
    if (entry !== 0) this.#drop(entry);
    return entry !== 0;
  }

  /** Packets of it passed at `at`, as `now` counts. */
  touch(connection: ConnectionKey, at: number): void {
    const entry = this.#entryOf(connection);
    if (entry !== 0) this.#use(entry, at);
  }

  /**
   * A packet of it came up. True when that changed how far the connection is, or showed its end: hosts
   * that see one direction alone know that it is over only when each tells what it saw.
   */
  note(connection: ConnectionKey, direction: Direction, tcpFlags: number): boolean {
    const entry = this.#entryOf(connection);
    if (entry === 0) return false;
    const { original, reply } = this.#progress(entry);
    const seen = seenOf(tcpFlags);
    const isEnd = (seen & ~(direction === 'original' ? original : reply) & ENDS) !== 0;
    const changed =
      direction === 'original' && startsAnew(this.#phase(entry), tcpFlags)
        ? this.#setProgress(entry, seen, 0)
        : this.#setProgress(
            entry,
            original | (direction === 'original' ? seen : 0),
            reply | (direction === 'reply' ? seen : 0),
          );
    this.#use(entry, this.#modules.now());
    return changed || isEnd;
  }

  /** How far it is, to tell others and to write down; nothing seen when it is not there. */
  progress(connection: ConnectionKey): Progress {
    const entry = this.#entryOf(connection);
    return entry === 0 ? { original: 0, reply: 0 } : this.#progress(entry);
  }

  /** Adds what others saw of it. */
  advance(connection: ConnectionKey, { original, reply }: Progress): void {
    const entry = this.#entryOf(connection);
    if (entry === 0) return;
    const known = this.#progress(entry);
    this.#setProgress(entry, known.original | (original & 0xff), known.reply | (reply & 0xff));
  }

  /** When packets of it last passed, as `now` counts; undefined when it is not there. */
  usedAt(connection: ConnectionKey): number | undefined {
    const entry = this.#entryOf(connection);
    return entry === 0 ? undefined : this.#lastUsed[entry];
  }

  /**
   * All of them. The table may change meanwhile; what is there from beginning to end comes once. It ends
   * with what was there at first: one that is read slowly would not end while the table grows.
   */
  *all(): IterableIterator<Connection> {
    const last = this.#highest;
    for (let entry = 1; entry <= last; entry++) {
      if (this.#index.device(entry) !== 0) yield this.#connection(entry);
    }
  }

  /** The host that told it; undefined when this host found it out itself. */
  tellerOf(connection: ConnectionKey): string | undefined {
    const entry = this.#entryOf(connection);
    const number = entry === 0 ? 0 : this.#index.fact(entry, HOST);
    return number === 0 ? undefined : this.#hosts.value(number);
  }

  /** Those that come in or leave through a port. */
  ofPort(portId: string): readonly Connection[] {
    return [...new Set(this.#ports.entriesOf(portId))].map((entry) => this.#connection(entry));
  }

  /** Those that a peer told and nobody after it. */
  ofHost(host: string): readonly Connection[] {
    return this.#ofHost(host, () => true);
  }

  /** A peer is about to tell all it has: what it told before is in doubt until it is told again. */
  doubt(host: string): void {
    const list = this.#hosts.find(host);
    if (list === 0) return;
    for (let entry = this.#byHost.head(list); entry !== 0; entry = this.#byHost.next(entry)) {
      this.#index.setFact(entry, DOUBTED, 1);
    }
  }

  /** What a peer did not tell again. */
  doubted(host: string): readonly Connection[] {
    return this.#ofHost(host, (entry) => this.#index.fact(entry, DOUBTED) === 1);
  }

  /** Lets go what has rested too long, looking at `budget` entries at most. */
  expire(now: number, budget: number): void {
    for (let looked = 0; looked < budget; looked++) {
      const entry = this.#wheel.due(now);
      if (entry === 0) return;
      this.#askLastUsed(entry);
      if (this.#halfTime(entry) > now) {
        this.#wheel.set(entry, this.#halfTime(entry));
        this.#modules.onStillUsed?.(this.#connection(entry));
      } else if (this.#deadline(entry) > now) this.#wheel.set(entry, this.#deadline(entry));
      else {
        this.counters.idle += 1;
        this.#gone(entry, 'idle');
      }
    }
  }

  #ofHost(host: string, wanted: (entry: number) => boolean): readonly Connection[] {
    const found: Connection[] = [];
    const list = this.#hosts.find(host);
    if (list === 0) return found;
    for (let entry = this.#byHost.head(list); entry !== 0; entry = this.#byHost.next(entry)) {
      if (wanted(entry)) found.push(this.#connection(entry));
    }
    return found;
  }

  #ref(device: string, tuple: Tuple): Ref {
    const number = this.#devices.find(device);
    return number === 0 ? 0 : this.#index.find(number, tuple);
  }

  /** The entry with both tuples; 0 when there is none. */
  #entryOf({ device, original, reply }: ConnectionKey): number {
    const ref = this.#ref(device, original);
    if (ref === 0 || (ref & 1) === 1) return 0;
    return this.#index.has(ref + 1, reply) ? ref >> 1 : 0;
  }

  #connection(entry: number): Connection {
    const device = this.#devices.value(this.#index.device(entry))!;
    const original = this.#index.tuple(entry * 2);
    const reply = this.#index.tuple(entry * 2 + 1);
    const ingressPort = this.#ports.ingress(this.#index.fact(entry, INGRESS));
    const egressPorts = this.#ports.egress(this.#index.fact(entry, EGRESS));
    const member = this.#index.fact(entry, MEMBER);
    return member === 0
      ? { device, original, reply, ingressPort, egressPorts }
      : { device, original, reply, ingressPort, egressPorts, member: this.#members.value(member) };
  }

  #sameMember(entry: number, { member }: Connection): boolean {
    return this.#members.value(this.#index.fact(entry, MEMBER)) === member;
  }

  /** Adds the ports that are new, at the cost of the oldest. False when there are none. */
  #widen(entry: number, { ingressPort, egressPorts }: Connection): boolean {
    const [ingress, egress] = [this.#index.fact(entry, INGRESS), this.#index.fact(entry, EGRESS)];
    const [first, own] = [this.#ports.ingress(ingress), this.#ports.egress(egress)];
    const came = ingressPort === undefined || first === undefined ? [] : [ingressPort];
    const more = [...new Set([...came, ...egressPorts])].filter((port) => port !== first && !own.includes(port));
    const isNowKnown = first === undefined && ingressPort !== undefined;
    if (more.length === 0 && !isNowKnown) return false;
    this.#ports.release(entry, ingress, egress);
    this.#index.setFact(entry, INGRESS, this.#ports.holdIngress(entry, first ?? ingressPort));
    this.#index.setFact(entry, EGRESS, this.#ports.holdEgress(entry, [...own, ...more].slice(-MOST_PORTS)));
    return true;
  }

  #put(connection: Connection, host: string | undefined): void {
    const { device, original, reply, ingressPort, egressPorts, member } = connection;
    const entry = this.#take();
    this.#index.add(entry, this.#devices.hold(device, device).number, original, reply);
    this.#index.setFact(entry, INGRESS, this.#ports.holdIngress(entry, ingressPort));
    this.#index.setFact(entry, EGRESS, this.#ports.holdEgress(entry, egressPorts));
    this.#index.setFact(entry, MEMBER, member === undefined ? 0 : this.#members.hold(member, member).number);
    this.#index.setFact(entry, HOST, 0);
    this.#tellHost(entry, host);
    const phase = PHASES.indexOf(phaseOf(original.proto, 0, 0));
    this.#index.setFact(entry, PROGRESS, phase << 16);
    this.#lastUsed[entry] = this.#modules.now();
    this.#byUse.push(phase, entry);
    this.#inPhase[phase]! += 1;
    this.#wheel.set(entry, this.#halfTime(entry));
    this.#size += 1;
  }

  /** A free entry; when there is none, another's. */
  #take(): number {
    if (this.#size >= this.#options.capacity) this.#evict();
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#highest += 1;
    return this.#highest;
  }

  #evict(): void {
    for (const [list, phase] of PHASES.entries()) {
      // What passes in the datapath alone looks older than it is: ask, but not for ever.
      for (let asked = 0; ; asked++) {
        const entry = this.#byUse.head(list);
        if (entry === 0) break;
        if (phase === 'answered' && asked < EVICTION_QUESTIONS && this.#askLastUsed(entry)) continue;
        this.counters.evicted[phase] += 1;
        this.#gone(entry, 'evicted');
        return;
      }
    }
  }

  #gone(entry: number, why: GoneReason): void {
    const connection = this.#connection(entry);
    this.#drop(entry);
    this.#modules.onGone(connection, why);
  }

  #drop(entry: number): void {
    const device = this.#index.device(entry);
    this.#inPhase[this.#index.fact(entry, PROGRESS) >> 16]! -= 1;
    this.#index.remove(entry);
    this.#devices.release(device);
    this.#ports.release(entry, this.#index.fact(entry, INGRESS), this.#index.fact(entry, EGRESS));
    this.#members.release(this.#index.fact(entry, MEMBER));
    this.#tellHost(entry, undefined);
    this.#byUse.remove(entry);
    this.#wheel.remove(entry);
    this.#free.push(entry);
    this.#size -= 1;
  }

  #tellHost(entry: number, host: string | undefined): void {
    const before = this.#index.fact(entry, HOST);
    const number = host === undefined ? 0 : this.#hosts.hold(host, host).number;
    if (number === 0) this.#byHost.remove(entry);
    else if (number !== before) this.#byHost.push(number, entry);
    this.#index.setFact(entry, HOST, number);
    this.#index.setFact(entry, DOUBTED, 0);
    this.#hosts.release(before);
  }

  #use(entry: number, at: number): void {
    if (at <= this.#lastUsed[entry]!) return;
    this.#lastUsed[entry] = at;
    this.#byUse.push(this.#index.fact(entry, PROGRESS) >> 16, entry);
  }

  /** True when packets passed since it was last heard of. */
  #askLastUsed(entry: number): boolean {
    const at = this.#modules.lastUsed?.(this.#connection(entry));
    if (at === undefined || at <= this.#lastUsed[entry]!) return false;
    this.#use(entry, at);
    return true;
  }

  #progress(entry: number): Progress {
    const word = this.#index.fact(entry, PROGRESS);
    return { original: word & 0xff, reply: (word >> 8) & 0xff };
  }

  #phase(entry: number): Phase {
    return PHASES[this.#index.fact(entry, PROGRESS) >> 16]!;
  }

  #setProgress(entry: number, original: number, reply: number): boolean {
    const before = this.#index.fact(entry, PROGRESS) >> 16;
    const phase = PHASES.indexOf(phaseOf(this.#index.proto(entry), original, reply));
    this.#index.setFact(entry, PROGRESS, original | (reply << 8) | (phase << 16));
    if (phase === before) return false;
    this.#inPhase[before]! -= 1;
    this.#inPhase[phase]! += 1;
    this.#byUse.push(phase, entry);
    this.#wheel.set(entry, this.#halfTime(entry));
    return true;
  }

  #halfTime(entry: number): number {
    return this.#lastUsed[entry]! + lifetimeOf(this.#index.proto(entry), this.#phase(entry)) / 2;
  }

  #deadline(entry: number): number {
    return this.#lastUsed[entry]! + lifetimeOf(this.#index.proto(entry), this.#phase(entry));
  }
}

/** The facts of an entry: numbers of labels; progress is a byte each way, above them the phase. */
const [INGRESS, EGRESS, MEMBER, HOST, PROGRESS, DOUBTED] = [0, 1, 2, 3, 4, 5];
/** FIN and RST. */
const ENDS = 0x05;
/** How many are asked whether they are in use before one gives way all the same. */
const EVICTION_QUESTIONS = 16;
