import { TCP_FLAG, tcp, type Tcp } from '@midonet/packet';
import type { HealthMonitor, PoolMember } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';
import { httpRequest, judgeHttp } from './http-check.ts';
import type { Answer } from './segments.ts';

/** How a check ended. All but 'passed' count against the member. */
export type Finding = 'passed' | 'timeout' | 'refused' | 'closed' | 'status' | 'notHttp';

export type ProbeModules = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (header: Tcp, data: Uint8Array) => void;
};

export type ProbeAim = {
  readonly member: Pick<PoolMember, 'address' | 'port'>;
  readonly monitor: HealthMonitor;
  readonly localPort: number;
};

const NOTHING = new Uint8Array(0);
/** Answers fit any link, whatever is on the way. */
const MSS = 1200;
const WINDOW = 4 * MSS;
const FIRST_RETRY_MS = 300;
/** A timer that comes so late tells of this process, not of the member: what came meanwhile is heard first. */
const LATE_MS = 100;
/** Of an answer is read what tells its status. */
const MAX_READ = 64;

/**
 * One check: the client side of a TCP connection that wants to know one thing. It needs of TCP what a
 * single request with an answer of one line needs; everything ends with a reset, so the member keeps
 * no closed connection. The member's application never hears of a TCP check.
 */
export class Probe {
  readonly #modules: ProbeModules;
  readonly #aim: ProbeAim;
  readonly #done: (finding: Finding) => void;
  readonly #due: number;
  readonly #iss: number;
  #state: 'asking' | 'connected' | 'ended' = 'asking';
  #next: number;
  #expected = 0;
  #read = '';
  #request: Uint8Array = NOTHING;
  #retry: Timer | undefined;
  #retryMs = FIRST_RETRY_MS;
  #end: Timer;

  constructor(aim: ProbeAim, modules: ProbeModules, done: (finding: Finding) => void) {
    this.#aim = aim;
    this.#modules = modules;
    this.#done = done;
    this.#iss = Math.floor(modules.random() * 0x100000000) >>> 0;
    this.#next = (this.#iss + 1) >>> 0;
    const timeoutMs = aim.monitor.timeout * 1000;
    this.#due = modules.clock.now() + timeoutMs;
    this.#end = modules.clock.after(timeoutMs, () => this.#timedOut());
  }

  /** Apart from the constructor: an answer may come before this returns. */
  start(): void {
    this.#sendAgain();
  }

  receive({ tcp: header, data }: Answer): void {
    const { flags, acknowledgment, sequence } = header;
    if (this.#state === 'ended') return;
    const isAck = (flags & TCP_FLAG.ack) !== 0;
    if (this.#state === 'asking') {
      if (!isAck || acknowledgment !== this.#next) return;
      if ((flags & TCP_FLAG.rst) !== 0) this.#finish('refused');
      else if ((flags & TCP_FLAG.syn) !== 0) this.#connected((sequence + 1) >>> 0);
      return;
    }
    if (sequence !== this.#expected) {
      // Told again what was heard already, or from behind a gap.
      if ((flags & TCP_FLAG.rst) === 0 && (data.length > 0 || (flags & TCP_FLAG.syn) !== 0)) this.#acknowledge();
      return;
    }
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#finish('closed');
      return;
    }
    if (isAck && acknowledgment === this.#next) this.#retry?.cancel();
    this.#take(data, (flags & TCP_FLAG.fin) !== 0);
  }

  /** Ends without a finding. */
  cancel(): void {
    if (this.#state !== 'ended') this.#close();
  }

  #connected(expected: number): void {
    const { monitor, member } = this.#aim;
    this.#expected = expected;
    this.#state = 'connected';
    if (monitor.type === 'tcp') {
      this.#finish('passed');
      return;
    }
    this.#request = httpRequest(monitor, member);
    this.#next = (this.#iss + 1 + this.#request.length) >>> 0;
    this.#retry?.cancel();
    this.#retryMs = FIRST_RETRY_MS;
    this.#sendAgain();
  }

  #take(data: Uint8Array, isLast: boolean): void {
    if (this.#aim.monitor.type !== 'http' || (data.length === 0 && !isLast)) return;
    this.#expected = (this.#expected + data.length) >>> 0;
    this.#read += Buffer.from(data.subarray(0, MAX_READ)).toString('latin1');
    const judged = judgeHttp(this.#aim.monitor, this.#read);
    if (judged !== undefined) this.#finish(judged);
    else if (isLast) this.#finish('closed');
    else this.#acknowledge();
  }

  #sendAgain(): void {
    if (this.#state === 'asking') {
      this.#send(this.#iss, TCP_FLAG.syn, NOTHING);
    } else {
      for (let at = 0; at < this.#request.length; at += MSS) {
        this.#send(this.#iss + 1 + at, TCP_FLAG.ack | TCP_FLAG.psh, this.#request.subarray(at, at + MSS));
      }
    }
    this.#retry = this.#modules.clock.after(this.#retryMs, () => this.#sendAgain());
    this.#retryMs *= 2;
  }

  #acknowledge(): void {
    this.#send(this.#next, TCP_FLAG.ack, NOTHING);
  }

  #timedOut(): void {
    const { clock } = this.#modules;
    if (clock.now() - this.#due <= LATE_MS) {
      this.#finish('timeout');
      return;
    }
    this.#end = clock.after(LATE_MS, () => this.#finish('timeout'));
  }

  #finish(finding: Finding): void {
    this.#close();
    this.#done(finding);
  }

  #close(): void {
    if (this.#state === 'connected') this.#send(this.#next, TCP_FLAG.rst | TCP_FLAG.ack, NOTHING);
    this.#state = 'ended';
    this.#retry?.cancel();
    this.#end.cancel();
  }

  #send(sequence: number, flags: number, data: Uint8Array): void {
    const isSyn = (flags & TCP_FLAG.syn) !== 0;
    const header = tcp({
      srcPort: this.#aim.localPort,
      dstPort: this.#aim.member.port,
      sequence: sequence >>> 0,
      acknowledgment: (flags & TCP_FLAG.ack) === 0 ? 0 : this.#expected,
      flags,
      window: WINDOW,
      options: isSyn ? [{ kind: 'mss', mss: MSS }] : [],
    });
    this.#modules.send(header, data);
  }
}
