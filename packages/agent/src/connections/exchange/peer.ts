import { highestCommon, includesVersion, type VersionRange } from '@midonet/contract';
import type { ConnectionCodec } from '../connection-codec.ts';
import { HELLO_VERSION, type Datagram, type Kind } from './datagram.ts';
import { versionsOf, writeVersions } from './exchange-versions.ts';
import { InStream, type InCounters, type Listener } from './in-stream.ts';
import { OutStream, type OutCounters, type Statements } from './out-stream.ts';
import type { Statement } from './statement.ts';

export type PeerModules = {
  readonly codec: ConnectionCodec;
  readonly listener: Listener;
  now(): number;
  /** Sends one datagram to the peer, at once. */
  send(
    head: { version: number; kind: Kind; toEpoch: number; stream: number; sequence: number },
    body: Uint8Array,
  ): void;
  readonly concerning: (host: string) => Statements;
  /** A stream to it begins: what is said from now on goes at once. */
  readonly began: () => void;
  /** Of what is told, as this host speaks them. */
  readonly versions: VersionRange;
  readonly takeRoom: () => boolean;
  readonly giveRoom: (count: number) => void;
};

export type PeerCounters = {
  /** Datagrams of an earlier run of either side, or of a stream that has ended. */
  replayed: number;
  /** Times that a peer was given up as silent. */
  silent: number;
  /** Datagrams of a version that this host does not speak. */
  otherVersion: number;
  hellos: number;
  acks: number;
};

export type Counters = PeerCounters & OutCounters & InCounters;

const HELLO_MS = 1_000;
const LONGEST_HELLO_MS = 30_000;
/** A peer is answered and begun anew no more often than this. */
const ANSWER_MS = 100;
const ACK_MS = 10;
/** So many datagrams are acknowledged together. */
const ACK_EVERY = 8;

/**
 * One other host. Nothing is sent to it but hellos until it has said in which run (epoch) it is;
 * then a stream begins, with everything that concerns it. Another run of the peer, a peer that was
 * silent, or one that lost its place: another stream.
 */
export class Peer {
  readonly host: string;
  readonly #epoch: number;
  readonly #counters: Counters;
  readonly #modules: PeerModules;
  #theirEpoch = 0;
  /** What the peer speaks, as far as it was heard. */
  #theirs: VersionRange | undefined;
  #out: OutStream | undefined;
  #outNumber = 0;
  #in: InStream | undefined;
  /** True when this side has something to say to it, and not only to hear. */
  #wanted = false;
  #nextHello = 0;
  #helloWait = HELLO_MS;
  #lastAnswer = -Infinity;
  #lastBegin = -Infinity;
  #unacknowledged = 0;
  #ackAt: number | undefined;

  constructor(host: string, epoch: number, counters: Counters, modules: PeerModules) {
    this.host = host;
    this.#epoch = epoch;
    this.#counters = counters;
    this.#modules = modules;
  }

  /** Whether `tick` has something to do: soon, or a hello when its time comes. */
  get busy(): 'soon' | 'hello' | undefined {
    if (this.#ackAt !== undefined || (this.#wanted && this.#out?.busy === true)) return 'soon';
    return this.#wanted && this.#out === undefined ? 'hello' : undefined;
  }

  /** What the peer speaks when that is nothing this host speaks: neither is told anything then. */
  get incompatible(): VersionRange | undefined {
    return this.#version === undefined ? this.#theirs : undefined;
  }

  /** True when what is said goes to it now, in this version or a later one. */
  speaks(version: number): boolean {
    return this.#out !== undefined && (this.#version ?? 0) >= version;
  }

  /** Gets in touch, so that what is said later goes at once. */
  greet(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (this.#theirEpoch === 0) this.#hello();
    else this.#begin();
  }

  /** Until the peer was heard nothing waits: its stream begins with all that concerns it. */
  say(statement: Statement): void {
    this.greet();
    this.#out?.say(statement);
  }

  sayAll(statements: Statements): void {
    this.greet();
    this.#out?.sayAll(statements);
  }

  flush(): void {
    this.#out?.flush(this.#modules.now());
  }

  /** Acknowledgements that waited, what must be sent again, hellos. */
  tick(now: number): void {
    if (this.#ackAt !== undefined && now >= this.#ackAt) this.#acknowledge();
    if (!this.#wanted) return;
    if (this.#out === undefined) {
      if (now >= this.#nextHello) this.#hello();
    } else if (this.#out.worn) this.#begin();
    else if (this.#out.retransmit(now)) this.#out.flush(now);
    else {
      this.#counters.silent += 1;
      this.#stop();
      this.#hello();
    }
  }

  receive(datagram: Datagram): void {
    const { kind, fromEpoch, toEpoch } = datagram;
    if (fromEpoch < this.#theirEpoch || fromEpoch === 0) {
      this.#counters.replayed += 1;
      return;
    }
    if (toEpoch !== this.#epoch && kind !== 'hello') {
      this.#counters.replayed += 1;
      // It speaks to this host as it was before: tell it.
      this.#answer();
      return;
    }
    const hello = kind === 'hello' ? datagram.body : undefined;
    if (hello === undefined && !includesVersion(this.#modules.versions, datagram.version)) {
      this.#counters.otherVersion += 1;
      return;
    }
    if (fromEpoch > this.#theirEpoch) this.#meet(fromEpoch, versionsOf(datagram.version, hello));
    else if (this.#out === undefined && this.#wanted) this.#begin();
    switch (kind) {
      case 'hello':
        if (datagram.body[0] === ASKS) this.#answer();
        break;
      case 'data':
        this.#hear(datagram);
        break;
      case 'ack':
        if (datagram.stream !== this.#outNumber) this.#counters.replayed += 1;
        else this.#out?.acknowledge(datagram.sequence, datagram.body, this.#modules.now());
        break;
      case 'resync':
        if (datagram.stream === this.#outNumber) this.#beginAgain();
        break;
    }
  }

  drop(): void {
    this.#stop();
    this.#in?.drop();
    this.#in = undefined;
    this.#wanted = false;
    this.#ackAt = undefined;
  }

  #meet(epoch: number, theirs: VersionRange): void {
    this.#theirEpoch = epoch;
    this.#theirs = theirs;
    this.#in?.drop();
    this.#in = undefined;
    this.#ackAt = undefined;
    this.#stop();
    if (this.#wanted) this.#begin();
  }

  #hear({ stream, sequence, body }: Datagram): void {
    if (this.#in === undefined || stream > this.#in.number) {
      this.#in?.drop();
      this.#in = new InStream(stream, this.host, this.#counters, this.#modules);
    }
    if (stream < this.#in.number) {
      this.#counters.replayed += 1;
      return;
    }
    const before = this.#in.upTo;
    if (this.#in.receive(sequence, body) === 'lost') {
      this.#send('resync', stream, 0, NOTHING);
      return;
    }
    this.#unacknowledged += 1;
    this.#ackAt ??= this.#modules.now() + ACK_MS;
    // A gap, or one that came twice: the sender should know at once.
    if (this.#unacknowledged >= ACK_EVERY || this.#in.hasGaps || this.#in.upTo === before) this.#acknowledge();
  }

  #acknowledge(): void {
    this.#ackAt = undefined;
    this.#unacknowledged = 0;
    if (this.#in === undefined) return;
    this.#counters.acks += 1;
    this.#send('ack', this.#in.number, this.#in.upTo, this.#in.bits());
  }

  get #version(): number | undefined {
    return this.#theirs && highestCommon(this.#modules.versions, this.#theirs);
  }

  #begin(): void {
    if (this.#version === undefined) return;
    this.#stop();
    this.#lastBegin = this.#modules.now();
    this.#outNumber += 1;
    const number = this.#outNumber;
    const { codec, takeRoom, giveRoom, concerning } = this.#modules;
    this.#out = new OutStream(this.#counters, {
      codec,
      takeRoom,
      giveRoom,
      everything: () => concerning(this.host),
      transmit: (sequence, body) => this.#send('data', number, sequence, body),
    });
    this.#out.flush(this.#modules.now());
    this.#modules.began();
  }

  #beginAgain(): void {
    if (this.#modules.now() - this.#lastBegin >= ANSWER_MS) this.#begin();
  }

  #stop(): void {
    this.#out?.drop();
    this.#out = undefined;
    this.#helloWait = HELLO_MS;
    this.#nextHello = 0;
  }

  #hello(): void {
    this.#nextHello = this.#modules.now() + this.#helloWait;
    this.#helloWait = Math.min(this.#helloWait * 2, LONGEST_HELLO_MS);
    this.#sayHello(ASKS);
  }

  #answer(): void {
    const now = this.#modules.now();
    if (now - this.#lastAnswer < ANSWER_MS) return;
    this.#lastAnswer = now;
    this.#sayHello(ANSWERS);
  }

  #sayHello(what: number): void {
    this.#counters.hellos += 1;
    this.#send(
      'hello',
      this.#outNumber,
      this.#out?.lowest ?? 0,
      Uint8Array.of(what, ...writeVersions(this.#modules.versions)),
    );
  }

  #send(kind: Kind, stream: number, sequence: number, body: Uint8Array): void {
    const version = kind === 'hello' ? HELLO_VERSION : (this.#version ?? HELLO_VERSION);
    this.#modules.send({ version, kind, toEpoch: this.#theirEpoch, stream, sequence }, body);
  }
}

/** The first byte of a hello. */
const [ASKS, ANSWERS] = [1, 0];
const NOTHING = new Uint8Array(0);
