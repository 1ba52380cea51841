import type { Server, Socket } from 'node:net';
import type { Identity } from '../access/identity.ts';
import type { Metrics } from '../metrics.ts';
import { CallerCounts, connectorOf } from './caller-counts.ts';

export type ConnectionBounds = {
  /** Of everybody; those beyond are closed at once. */
  readonly all: number;
  /** Of those that have shown no credential yet, and of these from one address: the oldest makes room. */
  readonly strangers: number;
  readonly strangersOfAddress: number;
  /** Of one user, token or host. */
  readonly ofCaller: number;
};

export const CONNECTION_BOUNDS: ConnectionBounds = {
  all: 20_000,
  strangers: 1024,
  strangersOfAddress: 256,
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
  /** Oldest first. */
  readonly #strangers = new Map<Socket, string>();
  readonly #ofAddress = new Map<string, Set<Socket>>();

  constructor(bounds: ConnectionBounds, metrics: Metrics) {
    this.#bounds = bounds;
    this.#metrics = metrics;
    this.#counts = new CallerCounts(bounds.ofCaller);
  }

  get strangers(): number {
    return this.#strangers.size;
  }

  /** `secure`: connections count from when their handshake is done; until then TLS has its own limit of time. */
  attach(server: Server, secure: boolean): void {
    server.maxConnections = this.#bounds.all;
    server.on('drop', () => this.#metrics.limited.inc({ limit: 'connections' }));
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => this.#add(socket));
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
    this.#forget(socket);
    socket.once('close', () => this.#counts.remove(caller));
    return true;
  }

  #add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const neighbours = this.#ofAddress.get(address) ?? new Set();
    this.#ofAddress.set(address, neighbours.add(socket));
    this.#strangers.set(socket, address);
    socket.once('close', () => this.#forget(socket));
    if (neighbours.size > this.#bounds.strangersOfAddress) this.#evict(neighbours.values().next().value);
    if (this.#strangers.size > this.#bounds.strangers) this.#evict(this.#strangers.keys().next().value);
  }

  #evict(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#metrics.limitsEvicted.inc({ table: 'strangers' });
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: Socket): void {
    const address = this.#strangers.get(socket);
    if (address === undefined) return;
    this.#strangers.delete(socket);
    const neighbours = this.#ofAddress.get(address);
    neighbours?.delete(socket);
    if (neighbours?.size === 0) this.#ofAddress.delete(address);
  }
}
