import type { Server, Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { Newcomers, type NewcomerBounds } from './newcomers.ts';

type Modules = { readonly clock: Clock; readonly metrics: Metrics };

/**
 * TLS handshakes under way: so many at once, and each has so much time as a whole. Node's own limit of
 * time begins anew with each octet that comes.
 */
export class Handshakes {
  readonly #modules: Modules;
  readonly #withinMs: number;
  readonly #open: Newcomers;
  /** By the far end, which tells connections of one listener apart: TLS hands out sockets of its own. */
  readonly #byPeer = new Map<string, Socket>();

  constructor(bounds: NewcomerBounds, withinMs: number, modules: Modules) {
    this.#modules = modules;
    this.#withinMs = withinMs;
    this.#open = new Newcomers(bounds, () => modules.metrics.limitsEvicted.inc({ table: 'handshakes' }));
  }

  get underWay(): number {
    return this.#open.size;
  }

  attach(server: Server): void {
    const { clock, metrics } = this.#modules;
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#byPeer.set(peer, socket);
      const cancel = clock.schedule(this.#withinMs, () => {
        if (!this.#open.forget(socket)) return;
        metrics.limited.inc({ limit: 'handshake' });
        socket.destroy();
      });
      socket.once('close', () => {
        cancel();
        if (this.#byPeer.get(peer) === socket) this.#byPeer.delete(peer);
      });
      this.#open.add(socket);
    });
    server.on('secureConnection', (secured: Socket) => {
      const socket = this.#byPeer.get(peerOf(secured));
      if (socket !== undefined) this.#open.forget(socket);
    });
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
