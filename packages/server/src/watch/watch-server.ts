import { API_ROOT } from '@midonet/contract';
import type { StoreEvent } from '@midonet/store';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { presentedToken } from '../auth/presented.ts';
import { ACCESS_PREFIX } from '../access/records.ts';
import { WatchConnection, type WatchModules, type WatchOptions } from './connection.ts';

const PATH = `${API_ROOT}/watch`;
/** A batch of rows of the allowed size fits. */
const FRAME_LIMIT = 4 << 20;
/** Of one that has not shown a token yet: what it may say is short. */
const STRANGER_FRAME_LIMIT = 64 << 10;
/** The next controller greets so many a second without being held up; nobody is away for longer than the bound. */
const GREETED_A_SECOND = 1_000;
const LONGEST_LEAVING_MS = 5_000;
/** Who has not closed its side by then is cut off. */
const LEAVING_GRACE_MS = 500;

/** Takes over the upgrade requests of an HTTP server that want to watch. */
export class WatchServer {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_LIMIT });
  readonly #strangers = new WebSocketServer({ noServer: true, maxPayload: STRANGER_FRAME_LIMIT });
  readonly #options: WatchOptions;
  readonly #modules: WatchModules;
  readonly #connections = new Set<WatchConnection>();

  constructor(options: WatchOptions, modules: WatchModules) {
    this.#options = options;
    this.#modules = modules;
    modules.hub.observe({
      onEvent: (event) => {
        modules.tenants.observe(event);
        this.#recheck(event);
      },
      onGap: () => modules.tenants.reset(),
    });
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#modules.logger.error({ err: error }, 'cannot tell who wants to watch');
        refuse(socket, '503 Service Unavailable');
      });
    });
  }

  /** Sends everybody on to another controller; resolves when all are gone. */
  async close(): Promise<void> {
    const withinMs = Math.min(LONGEST_LEAVING_MS, Math.ceil((this.#connections.size * 1_000) / GREETED_A_SECOND));
    const clients = [...this.#sockets.clients, ...this.#strangers.clients];
    const gone = clients.map((client) => new Promise((resolve) => client.once('close', resolve)));
    for (const connection of this.#connections) connection.leave(withinMs);
    this.#sockets.close();
    this.#strangers.close();
    const grace = setTimeout(() => {
      for (const client of clients) client.terminate();
    }, LEAVING_GRACE_MS);
    await Promise.all(gone);
    clearTimeout(grace);
  }

  /** Whoever rests on a record that changed is looked at again; one that is gone is cut off at once. */
  #recheck({ changes }: StoreEvent): void {
    const keys = new Set<string>();
    for (const change of changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      if (key.startsWith(ACCESS_PREFIX)) keys.add(key);
    }
    if (keys.size > 0) for (const connection of this.#connections) connection.recheck(keys);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { authenticator, connections } = this.#modules;
    const path = (request.url ?? '').split('?', 1)[0]?.replace(/\/$/, '');
    if (path !== PATH) {
      refuse(socket, '404 Not Found');
      return;
    }
    // A browser sends its cookie from any page: only pages of this very server may use it here.
    const headers = { ...request.headers };
    if (!sameOrigin(request)) delete headers.cookie;
    const identity = await authenticator.identify(headers);
    const presented = headers['x-auth-token'] ?? headers.authorization;
    if (identity === undefined && presented !== undefined) {
      refuse(socket, '401 Unauthorized');
      return;
    }
    if (identity !== undefined && !connections.admit(request.socket, identity)) {
      refuse(socket, '429 Too Many Requests');
      return;
    }
    const sockets = identity === undefined ? this.#strangers : this.#sockets;
    sockets.handleUpgrade(request, socket, head, (client) => {
      const address = request.socket.remoteAddress ?? 'unknown';
      const peer = { identity, presented: presentedToken(headers) ?? '', address, socket: request.socket };
      const connection = new WatchConnection(client, peer, this.#options, this.#modules);
      this.#connections.add(connection);
      client.once('close', () => this.#connections.delete(connection));
    });
  }
}

function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
