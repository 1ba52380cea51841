import { WATCH_PROTOCOL, type ClientMessage, type ExchangeKeys, type ServerMessage } from '@midonet/contract';
import type { Clock, Timer } from '../clock.ts';
import { decodeServerMessage } from './server-message.ts';
import type { Dial, Socket } from './transport.ts';

export type ConnectionOptions = {
  /** Controllers, tried in turn. */
  readonly urls: readonly string[];
  readonly host: { readonly id: string; readonly name: string };
  /** The lease of an earlier run: taken up again, rows of this host never vanish over a restart. */
  readonly lease?: string | undefined;
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
  #lease: string | undefined;
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

  #hello(socket: Socket): void {
    const hello: ClientMessage = {
      op: 'hello',
      protocol: WATCH_PROTOCOL,
      host: { ...this.#options.host, lease: this.#lease },
    };
    socket.send(JSON.stringify(hello));
  }

  #receive(text: string): void {
    this.#heard = this.#modules.clock.now();
    const message = decodeServerMessage(text);
    if (message === undefined) this.unreadable++;
    else if (message.op === 'welcome') this.#welcome(message);
    else if (message.op === 'refused' && message.id === undefined && !this.#welcomed) {
      this.#lastError = `${message.code}: ${message.message}`;
    } else this.#events.onMessage(message);
  }

  #welcome({ revision, lease, exchangeKeys }: Extract<ServerMessage, { op: 'welcome' }>): void {
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
    const wasWelcomed = this.#welcomed;
    this.#welcomed = false;
    this.#lastError ??= reason;
    if (!wasWelcomed) this.#lastError = reason;
    this.#turn++;
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#attempts, 10));
    const wait = ceiling * (0.5 + this.#modules.random() / 2);
    this.#timer = this.#modules.clock.after(wait, () => this.#dial());
    this.#events.onLost(reason);
  }
}
