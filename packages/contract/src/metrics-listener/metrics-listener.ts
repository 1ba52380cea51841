import { createServer, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../listen-address.ts';

export type MetricsSource = {
  readonly contentType: string;
  readonly render: () => Promise<string>;
  /** Why it cannot do its work now; undefined when it can. */
  readonly unready: () => Promise<string | undefined>;
};

export type MetricsListener = { readonly url: string; close(): void };

/** More than monitoring opens; whoever comes then is cut off. */
const CONNECTIONS = 32;
const PATIENCE_MS = 10_000;

/**
 * `/metrics` for Prometheus, `/healthz` (it runs) and `/readyz` (it can do its work), for everybody who
 * reaches the address: it belongs on a network for management. Throws when the address cannot be had.
 */
export async function startMetricsListener(
  { host, port }: ListenAddress,
  source: MetricsSource,
): Promise<MetricsListener> {
  const server = createServer({ headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS }, (request, response) => {
    const path = request.method === 'GET' || request.method === 'HEAD' ? request.url : undefined;
    answer(path, source, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else text(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  server.maxConnections = CONNECTIONS;
  server.timeout = PATIENCE_MS;
  const named = host.includes(':') ? `[${host}]` : host;
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) =>
      reject(new Error(`--metrics: cannot listen at ${named}:${port}: ${message}`)),
    );
    server.listen({ host, port }, resolve);
  });
  server.unref();
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${named}:${actual}/metrics`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(path: string | undefined, source: MetricsSource, response: ServerResponse): Promise<void> {
  switch (path) {
    case '/metrics':
      return text(response, 200, await source.render(), source.contentType);
    case '/healthz':
      return text(response, 200, 'ok\n');
    case '/readyz': {
      const why = await source.unready();
      return why === undefined ? text(response, 200, 'ok\n') : text(response, 503, `${why}\n`);
    }
    default:
      return text(response, 404, 'GET /metrics /healthz /readyz\n');
  }
}

function text(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), connection: 'close' });
  response.end(body);
}
