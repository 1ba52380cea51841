import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Stands between the command line and the controller, and lets something happen before a request goes on. */
export class Between {
  readonly url: string;
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  /** `before` is told each request, as `GET /bridges/…`. */
  static async open(controller: string, before: (request: string) => Promise<void>): Promise<Between> {
    const base = new URL(controller);
    const server = createServer((request, response) => {
      void (async () => {
        const body: Buffer[] = [];
        for await (const chunk of request) body.push(chunk as Buffer);
        const { method = 'GET', url = '/' } = request;
        await before(`${method} ${url.replace(/^\/midonet-api/, '')}`);
        const headers = new Headers();
        for (const [name, value] of Object.entries(request.headers)) {
          if (typeof value === 'string' && !/^(host|connection|content-length|transfer-encoding)$/.test(name)) {
            headers.set(name, value);
          }
        }
        const sent = body.length === 0 ? {} : { body: Buffer.concat(body) };
        const answer = await fetch(new URL(url, base.origin), { method, headers, ...sent });
        const told = [...answer.headers].filter(
          ([name]) => !/^(connection|transfer-encoding|content-length)$/.test(name),
        );
        response.writeHead(answer.status, Object.fromEntries(told));
        response.end(Buffer.from(await answer.arrayBuffer()));
      })().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Between(`http://127.0.0.1:${port}`, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
