import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A wire that can be cut, or made to lose what comes back, between a client and a server on the loopback. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'pass' | 'mute' | 'cut' = 'pass';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server);
    server.on('connection', (near) => proxy.#join(near, connect(Number(port), hostname)));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  pass(): void {
    this.#mode = 'pass';
  }

  /** What is asked arrives; what is answered is lost. */
  mute(): void {
    this.#mode = 'mute';
  }

  /** Nothing gets through, and nobody is told. */
  cut(): void {
    this.#mode = 'cut';
  }

  /** Open connections are reset. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.reset();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    const ends = [
      [near, far, () => this.#mode !== 'cut'],
      [far, near, () => this.#mode === 'pass'],
    ] as const;
    for (const [from, to, open] of ends) {
      this.#sockets.add(from);
      from.on('data', (data) => {
        if (open()) to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
