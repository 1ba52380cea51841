import {
  formatVersions,
  includesVersion,
  WATCH_VERSIONS,
  type ClientMessage,
  type ExchangeKeys,
  type ServerMessage,
  type VersionRange,
} from '@midonet/contract';
import type { Clock, Timer } from '../clock.ts';
import { decodeServerMessage } from './server-message.ts';
import type { Dial, Socket } from './transport.ts';

export type ConnectionOptions = {
  /** Controllers, tried in turn. */
  readonly urls: readonly string[];
  readonly host: { readonly id: string; readonly name: string };
  /** The lease of an earlier run: taken up again, rows of this host never vanish over a restart. */
  readonly lease?: string | undefined;
  /** Versions of the protocol that are spoken. */
  readonly versions?: VersionRange | undefined;
};

export type ConnectionModules = {
  readonly dial: Dial;
  readonly clock: Clock;
  /** 0 … 1, for the jitter that keeps a thousand agents from coming back in the same instant. */
  readonly random: () => number;
};

export type ConnectionEvents = {
  onWelcome(revision: number, lease: string | undefined, sameLease: boolean, keys: ExchangeKeys | undefined): void;
  onMessage(message: ServerMessage): void;
  onLost(reason: string): void;
};

export type ConnectionStatus = {
  readonly connected: boolean;
  readonly url: string;
  readonly since: number;
  readonly attempts: number;
  readonly lastError: string | undefined;
  /** Of the protocol, as agreed on with this controller. */
  readonly version: number | undefined;
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;
const PING_MS = 3_000;
const SILENCE_MS = 15_000;

/** A connection to some controller, for ever: it comes back whatever happens to it. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #modules: ConnectionModules;
  readonly #events: ConnectionEvents;
  #socket: Socket | undefined;
  #welcomed = false;
  #closed = false;
  #attempts = 0;
  #turn = 0;
  #since: number;
  #heard = 0;
  #lastError: string | undefined;
  /** Says more than the closing that follows it. */
  #refusal: string | undefined;
  #lease: string | undefined;
  #version: number | undefined;
  /** Set by a controller that stops: how much time there is to go on elsewhere. */
  #leavingWithin: number | undefined;
  #timer: Timer | undefined;
  /** Frames that were not of the protocol. */
  unreadable = 0;

  constructor(options: ConnectionOptions, modules: ConnectionModules, events: ConnectionEvents) {
    this.#options = options;
    this.#modules = modules;
    this.#events = events;
    this.#lease = options.lease;
    this.#since = modules.clock.now();
  }

  start(): void {
    this.#dial();
  }

  /** False when nobody is there to hear it. */
  send(message: ClientMessage): boolean {
    if (this.#socket === undefined || !this.#welcomed) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  get lease(): string | undefined {
    return this.#lease;
  }

  get status(): ConnectionStatus {
    const { urls } = this.#options;
    return {
      connected: this.#welcomed,
      url: urls[this.#turn % urls.length] ?? '',
      since: this.#since,
      attempts: this.#attempts,
      lastError: this.#lastError,
      version: this.#version,
    };
  }

  /** 'bye' ends the lease at once; without it the rows stay until the next run takes them up. */
  close(how: 'bye' | 'silent'): void {
    if (this.#closed) return;
    if (how === 'bye') this.send({ op: 'bye' });
    this.#closed = true;
    this.#timer?.cancel();
    this.#socket?.close();
    this.#welcomed = false;
  }

  #dial(): void {
    const { urls } = this.#options;
    const url = urls[this.#turn % urls.length] ?? '';
    this.#attempts++;
    // Events of a socket that was given up must not reach its successor.
    let current = true;
    this.#heard = this.#modules.clock.now();
    const socket = this.#modules.dial(url, {
      onOpen: () => {
        if (current) this.#hello(socket);
      },
      onText: (text) => {
        if (current) this.#receive(text);
      },
      onClosed: (reason) => {
        if (current) this.#lost(reason);
        current = false;
      },
    });
    this.#socket = socket;
    this.#watchSilence();
  }

  get #versions(): VersionRange {
    return this.#options.versions ?? WATCH_VERSIONS;
  }

  #hello(socket: Socket): void {
    const hello: ClientMessage = {
      op: 'hello',
      protocol: this.#versions.from,
      upTo: this.#versions.to,
      host: { ...this.#options.host, lease: this.#lease },
    };
    socket.send(JSON.stringify(hello));
  }

  #receive(text: string): void {
    this.#heard = this.#modules.clock.now();
    const message = decodeServerMessage(text);
    if (message === undefined) this.unreadable++;
    else if (message.op === 'welcome') this.#welcome(message);
    else if (message.op === 'leaving') {
      this.#leavingWithin = message.withinMs;
      this.#socket?.close();
    } else if (message.op === 'refused' && message.id === undefined && !this.#welcomed) {
      this.#refusal = `${message.code}: ${message.message}`;
    } else this.#events.onMessage(message);
  }

  #welcome({ protocol, revision, lease, exchangeKeys }: Extract<ServerMessage, { op: 'welcome' }>): void {
    if (!includesVersion(this.#versions, protocol)) {
      const spoken = formatVersions(this.#versions);
      this.#refusal = `the controller chose watch protocol ${protocol}, this agent speaks ${spoken}`;
      this.#socket?.close();
      return;
    }
    this.#version = protocol;
    const same = lease !== undefined && lease === this.#lease;
    this.#lease = lease;
    this.#welcomed = true;
    this.#attempts = 0;
    this.#lastError = undefined;
    this.#since = this.#modules.clock.now();
    this.#events.onWelcome(revision, lease, same, exchangeKeys);
  }

  #watchSilence(): void {
    this.#timer?.cancel();
    this.#timer = this.#modules.clock.after(PING_MS, () => {
      if (this.#modules.clock.now() - this.#heard > SILENCE_MS) {
        this.#socket?.close();
        return;
      }
      this.send({ op: 'ping' });
      this.#watchSilence();
    });
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#socket = undefined;
    if (this.#welcomed) this.#since = this.#modules.clock.now();
    this.#welcomed = false;
    this.#version = undefined;
    const why = this.#refusal ?? reason;
    this.#refusal = undefined;
    this.#lastError = why;
    this.#turn++;
    this.#timer = this.#modules.clock.after(this.#wait(), () => this.#dial());
    this.#events.onLost(why);
  }

  /** Who was sent on goes at a moment of its own within the time given; others wait longer each time. */
  #wait(): number {
    const within = this.#leavingWithin;
    this.#leavingWithin = undefined;
    if (within !== undefined) return Math.min(within, LAST_RETRY_MS) * this.#modules.random();
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#attempts, 10));
    return ceiling * (0.5 + this.#modules.random() / 2);
  }
}
