import type { Socket } from 'node:net';

export type NewcomerBounds = { readonly all: number; readonly ofAddress: number };

/** Connections that have yet to show something, of which there are only so many: the oldest makes room. */
export class Newcomers {
  readonly #bounds: NewcomerBounds;
  readonly #onEvicted: () => void;
  /** Oldest first. */
  readonly #all = new Map<Socket, string>();
  readonly #ofAddress = new Map<string, Set<Socket>>();

  constructor(bounds: NewcomerBounds, onEvicted: () => void) {
    this.#bounds = bounds;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#all.size;
  }

  add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const neighbours = this.#ofAddress.get(address) ?? new Set();
    this.#ofAddress.set(address, neighbours.add(socket));
    this.#all.set(socket, address);
    socket.once('close', () => this.forget(socket));
    if (neighbours.size > this.#bounds.ofAddress) this.#evict(neighbours.values().next().value);
    if (this.#all.size > this.#bounds.all) this.#evict(this.#all.keys().next().value);
  }

  /** False when it is not one of them any more. */
  forget(socket: Socket): boolean {
    const address = this.#all.get(socket);
    if (address === undefined) return false;
    this.#all.delete(socket);
    const neighbours = this.#ofAddress.get(address);
    neighbours?.delete(socket);
    if (neighbours?.size === 0) this.#ofAddress.delete(address);
    return true;
  }

  #evict(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#onEvicted();
    this.forget(socket);
    socket.destroy();
  }
}
