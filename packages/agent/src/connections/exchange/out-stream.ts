import type { ConnectionCodec } from '../connection-codec.ts';
import { LONGEST_BODY } from './datagram.ts';
import { LONGEST_STATEMENT, writeStatement, type Statement } from './statement.ts';

/** Datagrams under way to one peer: more are not sent before the first of them is acknowledged. */
export const WINDOW = 256;

/**
 * Unsent datagrams for one peer; with more, all go and everything is told anew, which costs far more than
 * they do: what ends in two seconds at 10,000 connections a second.
 */
export const LONGEST_QUEUE = 1024;

/** A long list goes on when less than this waits, so that what is new need not queue behind it. */
const LOW_WATER = 32;
const MOST_LISTS = 16;
/** Steps of lists in one turn, so that a peer that hears everything holds nobody up. */
const LOOKS = 1_000;

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
/** After so many sendings without an answer, some 11 seconds, the peer counts as silent. */
const MOST_TRIES = 9;

/** Sent again at a time: a peer that just came back is not met with the whole window. */
const MOST_AGAIN = 32;
/** Sequences are four bytes; a stream ends before they do. */
const LAST_SEQUENCE = 0xf000_0000;

/** Undefined is a step that found nothing: a long search stops there when others are to have their turn. */
export type Statements = Iterable<Statement | undefined>;

export type OutStreamModules = {
  readonly codec: ConnectionCodec;
  /** Sends a body as datagram `sequence` of the stream, at once. */
  transmit(sequence: number, body: Uint8Array): void;
  /** All that concerns the peer, read piece by piece while the table changes. */
  everything(): Statements;
  /** Room for one more datagram, over all peers. */
  takeRoom(): boolean;
  giveRoom(count: number): void;
};

type Sent = { readonly body: Uint8Array; sentAt: number; tries: number; arrived: boolean };

/**
 * What goes to one peer, in order: statements into bodies, bodies into datagrams with a sequence,
 * each sent again until it is acknowledged. It begins with everything that concerns the peer.
 *
 * A body starts with the lowest sequence not yet acknowledged, four bytes: who waits for a lower one
 * waits in vain.
 */
export class OutStream {
  readonly counters: OutCounters;
  readonly #modules: OutStreamModules;
  /** Under way, by sequence. */
  readonly #sent = new Map<number, Sent>();
  #lowest = 1;
  #next = 1;
  #queue: Uint8Array[] = [];
  /** The body that is being written. */
  #body: Uint8Array | undefined;
  #at = 0;
  #lists: Iterator<Statement | undefined>[] = [];
  #mustTellAll = true;
  /** One that found no room in the body that it came to. */
  #held: Statement | undefined;

  constructor(counters: OutCounters, modules: OutStreamModules) {
    this.counters = counters;
    this.#modules = modules;
  }

  get lowest(): number {
    return this.#lowest;
  }

  /** True while something waits to be sent or acknowledged. */
  get busy(): boolean {
    return this.#sent.size > 0 || this.#queue.length > 0 || this.#at > 0 || this.#mustTellAll || this.#lists.length > 0;
  }

  /** True when sequences run out: time for another stream. */
  get worn(): boolean {
    return this.#next > LAST_SEQUENCE;
  }

  say(statement: Statement): void {
    if (this.#write(statement) === 'full') {
      this.#close();
      this.#write(statement);
    }
  }

  /** Says a long list bit by bit, as the window lets it. */
  sayAll(statements: Statements): void {
    if (this.#lists.length >= MOST_LISTS) this.#dropUnsent();
    else this.#lists.push(statements[Symbol.iterator]());
  }

  /** Hands over what was said, as far as the window lets it; synchronous. */
  flush(now: number): void {
    if (this.#at > 0) this.#close();
    this.#send(now);
    const budget = { looks: LOOKS };
    while (this.#queue.length < LOW_WATER && this.#sent.size < WINDOW && this.#sayMore(budget)) this.#send(now);
    this.#send(now);
  }

  /** The peer has all up to `upTo`, and those after it whose bit is set, lowest first. */
  acknowledge(upTo: number, bits: Uint8Array, now: number): void {
    if (upTo >= this.#next) return;
    for (; this.#lowest <= upTo; this.#lowest++) this.#forget(this.#lowest);
    let highest = 0;
    for (let i = 0; i < bits.length * 8; i++) {
      if (((bits[i >> 3]! >> (i & 7)) & 1) === 0) continue;
      const sent = this.#sent.get(upTo + 1 + i);
      if (sent === undefined) continue;
      sent.arrived = true;
      highest = upTo + 1 + i;
    }
    // What three later ones overtook is lost more likely than late (as TCP takes it, RFC 5681, 3.2).
    for (let sequence = this.#lowest; sequence < highest - 2; sequence++) {
      const sent = this.#sent.get(sequence);
      if (sent === undefined || sent.arrived || sent.tries > 1) continue;
      this.#transmit(sequence, sent, now);
    }
    this.flush(now);
  }

  /** Sends again what waits too long. False when the peer has been silent for too long. */
  retransmit(now: number): boolean {
    let again = 0;
    for (const [sequence, sent] of this.#sent) {
      if (sent.arrived) continue;
      const wait = Math.min(FIRST_WAIT_MS * 2 ** (sent.tries - 1), LONGEST_WAIT_MS);
      if (now - sent.sentAt < wait) continue;
      if (sent.tries >= MOST_TRIES) return false;
      if (++again > MOST_AGAIN) break;
      this.#transmit(sequence, sent, now);
    }
    return true;
  }

  /** Forgets everything; the stream is of no more use. */
  drop(): void {
    this.#modules.giveRoom(this.#sent.size + this.#queue.length);
    this.#sent.clear();
    this.#queue = [];
    this.#at = 0;
    this.#lists = [];
    this.#mustTellAll = false;
  }

  /** Puts one more body of the lists into the queue. False when there is none, or no room. */
  #sayMore(budget: { looks: number }): boolean {
    if (this.#lists.length === 0) {
      if (!this.#mustTellAll) return false;
      this.#mustTellAll = false;
      this.counters.tellings += 1;
      this.#lists.push(this.#modules.everything()[Symbol.iterator]());
    }
    while (this.#lists.length > 0 && budget.looks > 0) {
      if (this.#held === undefined) {
        budget.looks -= 1;
        const step = this.#lists[0]!.next();
        if (step.done === true) this.#lists.shift();
        else this.#held = step.value;
      }
      if (this.#held === undefined) continue;
      if (this.#write(this.#held) === 'full') break;
      this.#held = undefined;
    }
    return this.#close() && budget.looks > 0;
  }

  #write(statement: Statement): 'written' | 'full' {
    this.#body ??= new Uint8Array(LONGEST_BODY + LONGEST_STATEMENT);
    const start = this.#at === 0 ? PREFIX : this.#at;
    const end = writeStatement(this.#modules.codec, this.#body, start, statement);
    if (end === 0) this.counters.unencodable += 1;
    else if (end > LONGEST_BODY) return 'full';
    else {
      this.#at = end;
      this.counters.statements += 1;
    }
    return 'written';
  }

  /** Puts the body that was written into the queue. False when there was no room for it. */
  #close(): boolean {
    if (this.#at === 0 || this.#body === undefined) return true;
    const body = this.#body.slice(0, this.#at);
    this.#at = 0;
    if (this.#queue.length >= LONGEST_QUEUE || !this.#modules.takeRoom()) {
      this.#dropUnsent();
      if (!this.#modules.takeRoom()) {
        this.counters.dropped += 1;
        return false;
      }
    }
    this.#queue.push(body);
    return true;
  }

  /**
   * All that waits goes, with what encloses it: a list that ended without its middle would close
   * what is open. The peer is told everything anew once it can take it.
   */
  #dropUnsent(): void {
    this.counters.overflows += 1;
    this.counters.dropped += this.#queue.length;
    this.#modules.giveRoom(this.#queue.length);
    this.#queue = [];
    this.#lists = [];
    this.#held = undefined;
    this.#mustTellAll = true;
  }

  #send(now: number): void {
    let taken = 0;
    while (taken < this.#queue.length && this.#next - this.#lowest < WINDOW) {
      const body = this.#queue[taken++]!;
      const sent: Sent = { body, sentAt: now, tries: 0, arrived: false };
      this.#sent.set(this.#next, sent);
      this.#transmit(this.#next++, sent, now);
    }
    if (taken > 0) this.#queue.splice(0, taken);
    // A peer with nothing under way keeps no buffer.
    if (!this.busy) this.#body = undefined;
  }

  #transmit(sequence: number, sent: Sent, now: number): void {
    if (sent.tries > 0) this.counters.again += 1;
    sent.sentAt = now;
    sent.tries += 1;
    const { body } = sent;
    body[0] = this.#lowest >>> 24;
    body[1] = this.#lowest >>> 16;
    body[2] = this.#lowest >>> 8;
    body[3] = this.#lowest;
    this.counters.datagrams += 1;
    this.#modules.transmit(sequence, body);
  }

  #forget(sequence: number): void {
    if (this.#sent.delete(sequence)) this.#modules.giveRoom(1);
  }
}

/** Bytes before the statements: the lowest sequence. */
export const PREFIX = 4;

/** Of all streams of one exchange. */
export type OutCounters = {
  statements: number;
  datagrams: number;
  again: number;
  /** Datagrams never sent because too many waited. */
  dropped: number;
  overflows: number;
  /** Times that a peer was told everything. */
  tellings: number;
  unencodable: number;
};
