import type { Server, Socket } from 'node:net';
import type { Identity } from '../access/identity.ts';
import type { Metrics } from '../metrics.ts';
import type { Clock } from '../clock.ts';
import { CallerCounts, connectorOf } from './caller-counts.ts';
import { Handshakes } from './handshakes.ts';
import { Newcomers } from './newcomers.ts';

type Modules = { readonly clock: Clock; readonly metrics: Metrics };

export type ConnectionBounds = {
  /** Of everybody; those beyond are closed at once. */
  readonly all: number;
  /** Of those that have shown no credential yet, and of these from one address: the oldest makes room. */
  readonly strangers: number;
  readonly strangersOfAddress: number;
  /** Of those whose TLS handshake is under way, likewise, and the milliseconds that it may take. */
  readonly handshakes: number;
  readonly handshakesOfAddress: number;
  readonly handshakeMs: number;
  /** Of one user, token or host. */
  readonly ofCaller: number;
};

export const CONNECTION_BOUNDS: ConnectionBounds = {
  all: 20_000,
  strangers: 1024,
  strangersOfAddress: 256,
  handshakes: 1024,
  handshakesOfAddress: 256,
  handshakeMs: 10_000,
  ofCaller: 256,
};

/**
 * Who is connected. Whoever shows a credential does so at once and is a stranger no longer, so the
 * oldest strangers are those that send their request an octet at a time, or none: they make room.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #metrics: Metrics;
  readonly #counts: CallerCounts;
  readonly #known = new WeakMap<Socket, string | undefined>();
  readonly #strangers: Newcomers;
  readonly #handshakes: Handshakes;

  constructor(bounds: ConnectionBounds, modules: Modules) {
    const { metrics } = modules;
    this.#bounds = bounds;
    this.#metrics = metrics;
    this.#counts = new CallerCounts(bounds.ofCaller);
    const { strangers: all, strangersOfAddress: ofAddress, handshakes, handshakesOfAddress } = bounds;
    this.#strangers = new Newcomers({ all, ofAddress }, () => metrics.limitsEvicted.inc({ table: 'strangers' }));
    const ofHandshakes = { all: handshakes, ofAddress: handshakesOfAddress };
    this.#handshakes = new Handshakes(ofHandshakes, bounds.handshakeMs, modules);
  }

  get strangers(): number {
    return this.#strangers.size;
  }

  /** Handshakes that are under way. */
  get handshakes(): number {
    return this.#handshakes.underWay;
  }

  /** `secure`: until its handshake is done a connection counts among those. */
  attach(server: Server, secure: boolean): void {
    server.maxConnections = this.#bounds.all;
    server.on('drop', () => this.#metrics.limited.inc({ limit: 'connections' }));
    if (secure) this.#handshakes.attach(server);
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => this.#strangers.add(socket));
  }

  /** It has shown who it is. False when that caller has as many connections as it may. */
  admit(socket: Socket, identity: Identity): boolean {
    if (this.#known.has(socket)) return true;
    const caller = connectorOf(identity);
    if (!this.#counts.add(caller)) {
      this.#metrics.limited.inc({ limit: 'connections' });
      return false;
    }
    this.#known.set(socket, caller);
    this.#strangers.forget(socket);
    socket.once('close', () => this.#counts.remove(caller));
    return true;
  }
}
