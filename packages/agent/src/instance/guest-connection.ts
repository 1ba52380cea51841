import { TCP_FLAG, tcp, type Tcp } from '@midonet/packet';
import { Duplex } from 'node:stream';
import type { Clock, Timer } from '../clock.ts';
import { tcpToGuest, type Guest } from './guest-segment.ts';
import { SendQueue } from './send-queue.ts';

export type ConnectionModules = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (frame: Uint8Array) => void;
};

const NOTHING = new Uint8Array(0);
/** Segments fit any link, whatever is on the way. */
const MSS = 1200;
/** What a client that names no MSS takes (RFC 9293 3.7.1). */
const DEFAULT_MSS = 536;
const SMALLEST_MSS = 64;
const RECEIVE = 16 * 1024;
/** Segments in flight at most. */
const MOST_IN_FLIGHT = 10;
/** With so much unacknowledged the writer waits. */
const SEND = 64 * 1024;
const FIRST_RETRY_MS = 400;
const TRIES = 8;
const DUPLICATES = 3;
/** Nothing new came or went for so long: the instance is gone, or holds the connection for nothing. */
const IDLE_MS = 30_000;
const LIFE_MS = 300_000;

/**
 * The service's end of one TCP connection with an instance, as a stream. Its packets are made and read
 * here and go through the instance's port alone: there is no socket, no interface and no address on the
 * host that anything else could reach, and tenants with the same addresses are told by their ports.
 *
 * As much of TCP (RFC 9293) as a short way over one wire needs: segments are taken in their order, others
 * are asked for again; what is lost is sent again from there on, one segment at first.
 */
export class GuestConnection extends Duplex {
  readonly guest: Guest;
  readonly #ports: { readonly srcPort: number; readonly dstPort: number };
  readonly #modules: ConnectionModules;
  readonly #mss: number;
  /** What is not acknowledged. The end of the stream, when it is due, takes a number behind it. */
  readonly #queue = new SendQueue();
  /** Number of the first byte of the queue. */
  #first: number;
  /** How much of the queue is on its way, and how much ever was. */
  #sent = 0;
  #everSent = 0;
  #inFlight = MOST_IN_FLIGHT;
  #duplicates = 0;
  #peerWindow: number;
  /** Number of the next byte of the instance, and the window it was told last. */
  #expected: number;
  #told = RECEIVE;
  #isOpen = false;
  /** Of this end: none yet, to be sent, acknowledged. */
  #end: 'none' | 'due' | 'known' = 'none';
  #heardEnd = false;
  #isGone = false;
  #tries = 0;
  #retry: Timer | undefined;
  #idle: Timer;
  readonly #life: Timer;
  #whenRoom: (() => void) | undefined;
  #whenEnded: (() => void) | undefined;

  /** A SYN came. */
  constructor(guest: Guest, syn: Tcp, modules: ConnectionModules) {
    super({ allowHalfOpen: true, readableHighWaterMark: RECEIVE, writableHighWaterMark: RECEIVE });
    this.guest = guest;
    this.#ports = { srcPort: syn.dstPort, dstPort: syn.srcPort };
    this.#modules = modules;
    this.#first = Math.floor(modules.random() * 0x100000000) >>> 0;
    this.#expected = (syn.sequence + 1) >>> 0;
    this.#peerWindow = syn.window;
    const named = syn.options.find((option) => option.kind === 'mss')?.mss ?? DEFAULT_MSS;
    this.#mss = Math.min(MSS, Math.max(SMALLEST_MSS, named));
    this.#idle = modules.clock.after(IDLE_MS, () => this.destroy());
    this.#life = modules.clock.after(LIFE_MS, () => this.destroy());
    this.#sendAgain();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True when the connection has just been opened: somebody must take it. */
  receive(header: Tcp, data: Uint8Array): boolean {
    if (this.destroyed) return false;
    const [{ flags }, wasOpen] = [header, this.#isOpen];
    const ahead = distance(this.#expected, header.sequence);
    if ((flags & TCP_FLAG.rst) !== 0) {
      // Anywhere else it could be a guess (RFC 5961 3.2).
      if (ahead === 0) this.#forgotten();
    } else if ((flags & TCP_FLAG.syn) !== 0) {
      if (!this.#isOpen && ahead === -1) this.#sendAgain();
      else this.#acknowledge();
    } else if ((flags & TCP_FLAG.ack) !== 0 && this.#hearAcknowledged(header, data.length)) {
      this.#take(ahead, data, (flags & TCP_FLAG.fin) !== 0);
      this.#settle();
    }
    return this.#isOpen !== wasOpen;
  }

  override _read(): void {
    // Whatever comes is pushed.
  }

  override read(size?: number): unknown {
    const read: unknown = super.read(size);
    // The instance may wait for the window to open.
    if (this.#isOpen && this.#told < MSS && this.#window() >= MSS) this.#acknowledge();
    return read;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#queue.push(chunk);
    this.#transmit();
    if (this.#queue.length < SEND) done();
    else this.#whenRoom = done;
  }

  override _final(done: () => void): void {
    this.#end = 'due';
    this.#whenEnded = done;
    this.#transmit();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.#heardEnd && this.#end === 'known';
    if (!isOver) this.#send(this.#first + this.#sent, TCP_FLAG.rst | TCP_FLAG.ack, NOTHING);
    this.#isGone = true;
    this.#retry?.cancel();
    this.#idle.cancel();
    this.#life.cancel();
    done(error);
  }

  /** What the instance has got by now; false when the segment is none of this connection. */
  #hearAcknowledged({ acknowledgment, window }: Tcp, size: number): boolean {
    const got = distance(this.#first, acknowledgment);
    if (!this.#isOpen) {
      if (got !== 1) return false;
      this.#isOpen = true;
      this.#first = acknowledgment;
      this.#progress();
    } else if (got > this.#everSent) {
      return false;
    } else if (got > 0) {
      if (got > this.#queue.length) this.#end = 'known';
      this.#queue.drop(got);
      this.#first = acknowledgment;
      this.#sent = Math.max(0, this.#sent - got);
      this.#everSent -= got;
      this.#inFlight = Math.min(MOST_IN_FLIGHT, this.#inFlight + 1);
      this.#progress();
    } else if (got === 0 && size === 0 && this.#everSent > 0 && window === this.#peerWindow) {
      this.#duplicates++;
    }
    if (got >= 0) this.#peerWindow = window;
    return true;
  }

  /** Something new went or came: patience begins anew. */
  #progress(): void {
    this.#duplicates = 0;
    this.#tries = 0;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#touch();
  }

  #touch(): void {
    this.#idle.cancel();
    this.#idle = this.#modules.clock.after(IDLE_MS, () => this.destroy());
  }

  #take(ahead: number, data: Uint8Array, isLast: boolean): void {
    const isEmpty = data.length === 0 && !isLast;
    if (isEmpty && ahead === 0) return;
    // Behind a gap, heard before, or more than there is room for: told what comes next.
    const isNext = ahead <= 0 && -ahead <= data.length && !this.#heardEnd;
    const fresh = isNext ? data.subarray(-ahead) : NOTHING;
    if (!isNext || isEmpty || fresh.length > this.#window() || (fresh.length === 0 && !isLast)) {
      this.#acknowledge();
      return;
    }
    this.#expected = (this.#expected + fresh.length + (isLast ? 1 : 0)) >>> 0;
    this.#heardEnd = isLast;
    this.#touch();
    if (fresh.length > 0) this.push(Buffer.from(fresh));
    if (isLast) this.push(null);
    this.#acknowledge();
  }

  /** After each segment: sends what may be sent now, and ends what is done. */
  #settle(): void {
    if (this.#duplicates === DUPLICATES) this.#goBack();
    this.#transmit();
    if (this.#queue.length < SEND) {
      const done = this.#whenRoom;
      this.#whenRoom = undefined;
      done?.();
    }
    if (this.#end !== 'known') return;
    const ended = this.#whenEnded;
    this.#whenEnded = undefined;
    ended?.();
    if (this.#heardEnd) this.destroy();
  }

  #transmit(): void {
    if (!this.#isOpen || this.#isGone) return;
    const limit = Math.min(this.#peerWindow, this.#inFlight * this.#mss);
    while (this.#sent < this.#queue.length && this.#sent < limit) this.#sendData(limit - this.#sent);
    if (this.#end === 'due' && this.#sent === this.#queue.length) {
      this.#send(this.#first + this.#sent, TCP_FLAG.fin | TCP_FLAG.ack, NOTHING);
      this.#count(1);
    }
    if (this.#queue.length > 0 || this.#end === 'due') this.#schedule();
  }

  #sendData(most: number): void {
    const data = this.#queue.read(this.#sent, Math.min(this.#mss, most));
    this.#send(this.#first + this.#sent, TCP_FLAG.ack | TCP_FLAG.psh, data);
    this.#count(data.length);
  }

  #count(sent: number): void {
    this.#sent += sent;
    this.#everSent = Math.max(this.#everSent, this.#sent);
  }

  #schedule(): void {
    this.#retry ??= this.#modules.clock.after(FIRST_RETRY_MS * 2 ** this.#tries, () => {
      this.#retry = undefined;
      this.#tries++;
      this.#sendAgain();
    });
  }

  /** No answer came: from the first byte on, or where the instance has no room one byte, to hear of its window. */
  #sendAgain(): void {
    if (this.#tries > TRIES) {
      this.destroy();
      return;
    }
    if (!this.#isOpen) {
      this.#send(this.#first, TCP_FLAG.syn | TCP_FLAG.ack, NOTHING);
      this.#schedule();
      return;
    }
    this.#goBack();
    if (this.#peerWindow === 0 && this.#queue.length > 0) this.#sendData(1);
    this.#transmit();
  }

  #goBack(): void {
    this.#sent = 0;
    this.#inFlight = 1;
    this.#duplicates = 0;
  }

  #window(): number {
    return Math.max(0, RECEIVE - this.readableLength);
  }

  #acknowledge(): void {
    this.#send(this.#first + this.#sent, TCP_FLAG.ack, NOTHING);
  }

  /** The other end does not know it any more. */
  #forgotten(): void {
    this.#isGone = true;
    this.destroy();
  }

  #send(sequence: number, flags: number, data: Uint8Array): void {
    if (this.#isGone) return;
    this.#told = this.#window();
    const options = (flags & TCP_FLAG.syn) === 0 ? [] : [{ kind: 'mss', mss: MSS } as const];
    const [acknowledgment, window] = [this.#expected, this.#told];
    const header = tcp({ ...this.#ports, sequence: sequence >>> 0, acknowledgment, flags, window, options });
    this.#modules.send(tcpToGuest(this.guest, header, data));
  }
}

/** How far `to` is behind `from` in the numbers of TCP, which go round; negative when before. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}
