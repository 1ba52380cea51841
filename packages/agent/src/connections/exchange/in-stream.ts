import type { Connection } from '@midonet/flow';
import type { ConnectionCodec, Told } from '../connection-codec.ts';
import type { ConnectionKey } from '../connection-table.ts';
import { ClassParts, type ClassStatement } from './class-statements.ts';
import { PREFIX, WINDOW } from './out-stream.ts';
import { readStatements, type Statement } from './statement.ts';

/** What the caller hears of other hosts; the same may come twice, and means what it meant. */
export type Listener = {
  /** Connections that opened, changed or go on. */
  onOpened(told: readonly Told[], host: string): void;
  onClosed(keys: readonly ConnectionKey[], host: string): void;
  /** A port is this host's now; its connections, perhaps in several calls. */
  onMoved(port: string, told: readonly Told[], host: string): void;
  /** A class of connections that begin there; its number may have been another's before. */
  onClass(number: number, members: readonly Connection[], host: string): void;
  /** The host begins to tell everything: what it told before is in doubt until it is told again. */
  doubt(host: string): void;
  /** What it did not tell again. */
  doubted(host: string): Iterable<ConnectionKey>;
};

export type InCounters = {
  /** Statements of others, each once. */
  heard: number;
  duplicates: number;
  /** Datagrams too far ahead, or with no room to wait. */
  ahead: number;
  /** Signed bodies that make no sense. */
  unreadable: number;
};

export type InStreamModules = {
  readonly codec: ConnectionCodec;
  readonly listener: Listener;
  /** Room for one more datagram that waits for those before it, over all peers. */
  takeRoom(): boolean;
  giveRoom(count: number): void;
};

/** Datagrams of one stream of one peer, put in order. */
export class InStream {
  readonly number: number;
  readonly #host: string;
  readonly #counters: InCounters;
  readonly #modules: InStreamModules;
  /** Those that came before their turn. */
  readonly #waiting = new Map<number, Uint8Array>();
  #next = 1;
  readonly #parts = new ClassParts();

  constructor(number: number, host: string, counters: InCounters, modules: InStreamModules) {
    this.number = number;
    this.#host = host;
    this.#counters = counters;
    this.#modules = modules;
  }

  /** All up to here came. */
  get upTo(): number {
    return this.#next - 1;
  }

  get hasGaps(): boolean {
    return this.#waiting.size > 0;
  }

  /** Bits of what came after `upTo`, for the acknowledgement; the first byte holds the lowest. */
  bits(): Uint8Array {
    if (this.#waiting.size === 0) return new Uint8Array(0);
    const bits = new Uint8Array(Math.ceil((Math.max(...this.#waiting.keys()) - this.upTo) / 8));
    for (const sequence of this.#waiting.keys()) {
      const at = sequence - this.#next;
      bits[at >> 3]! |= 1 << (at & 7);
    }
    return bits;
  }

  /** `lost` when the sender no longer has what comes next: it must begin anew. */
  receive(sequence: number, body: Uint8Array): 'taken' | 'lost' {
    if (body.length < PREFIX) {
      this.#counters.unreadable += 1;
      return 'taken';
    }
    const lowest = new DataView(body.buffer, body.byteOffset).getUint32(0);
    if (sequence < this.#next || this.#waiting.has(sequence)) this.#counters.duplicates += 1;
    else if (lowest > this.#next) return 'lost';
    else if (sequence === this.#next) {
      this.#next += 1;
      this.#apply(body);
      this.#applyWaiting();
    } else if (sequence >= this.#next + WINDOW || !this.#modules.takeRoom()) this.#counters.ahead += 1;
    else {
      this.#waiting.set(sequence, Uint8Array.from(body));
      this.#applyEarly(body);
    }
    return 'taken';
  }

  drop(): void {
    this.#modules.giveRoom(this.#waiting.size);
    this.#waiting.clear();
  }

  #applyWaiting(): void {
    for (;;) {
      const body = this.#waiting.get(this.#next);
      if (body === undefined) return;
      this.#waiting.delete(this.#next);
      this.#modules.giveRoom(1);
      this.#next += 1;
      this.#apply(body);
    }
  }

  /**
   * A packet may be right behind what opened its connection, so that is told before its turn. When
   * the gap is filled everything after it is told again, in order: the last word is the sender's.
   */
  #applyEarly(body: Uint8Array): void {
    const statements = this.#read(body) ?? [];
    const told = statements.flatMap((one) => (one.kind === 'opened' ? [one.told] : []));
    if (told.length > 0) this.#modules.listener.onOpened(told, this.#host);
    for (const one of statements) if (one.kind === 'class') this.#class(one);
  }

  #apply(body: Uint8Array): void {
    const statements = this.#read(body);
    if (statements === undefined) {
      this.#counters.unreadable += 1;
      return;
    }
    this.#counters.heard += statements.length;
    // Neighbours of one kind are told together.
    for (let start = 0, end = 0; start < statements.length; start = end) {
      const first = statements[start]!;
      end = start + 1;
      while (end < statements.length && goesWith(first, statements[end]!)) end += 1;
      this.#tell(first, statements.slice(start, end));
    }
  }

  #tell(first: Statement, run: readonly Statement[]): void {
    const { listener } = this.#modules;
    const host = this.#host;
    const told = (): Told[] => run.flatMap((one) => ('told' in one ? [one.told] : []));
    switch (first.kind) {
      case 'opened':
        listener.onOpened(told(), host);
        break;
      case 'moved':
        listener.onMoved(first.port, told(), host);
        break;
      case 'closed':
        listener.onClosed(
          run.flatMap((one) => (one.kind === 'closed' ? [one.key] : [])),
          host,
        );
        break;
      case 'class':
        for (const one of run) if (one.kind === 'class') this.#class(one);
        break;
      case 'everything':
        listener.doubt(host);
        break;
      case 'thatIsAll': {
        const gone = [...listener.doubted(host)];
        if (gone.length > 0) listener.onClosed(gone, host);
        break;
      }
    }
  }

  /** Its members come one behind the other, in one body or in several. */
  #class(statement: ClassStatement): void {
    const members = this.#parts.add(statement);
    if (members !== undefined) this.#modules.listener.onClass(statement.number, members, this.#host);
  }

  #read(body: Uint8Array): Statement[] | undefined {
    return readStatements(this.#modules.codec, body.subarray(PREFIX));
  }
}

function goesWith(first: Statement, next: Statement): boolean {
  if (first.kind === 'moved') return next.kind === 'moved' && next.port === first.port;
  return first.kind === next.kind;
}
