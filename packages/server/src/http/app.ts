import { API_ROOT, openApiDocument } from '@midonet/contract';
import { StoreError } from '@midonet/store';
import { randomUUID } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { Pair } from '../tls/certificate.ts';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { problemBody, Refusal } from './problem.ts';
import { known, registerEndpoints, type RouteModules } from './routes.ts';

export type AppOptions = { readonly version: string; readonly tls?: Pair | undefined };

export type AppModules = RouteModules & {
  readonly metrics: Metrics;
  /** Resolves when the store answers. */
  readonly healthy: () => Promise<void>;
};

/** One megabyte holds the largest object a hundred times. */
const BODY_LIMIT = 1 << 20;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 75_000;
const HTTP_BOUNDS = { maxHeaderSize: 16 << 10, headersTimeout: 15_000 } as const;

/** The HTTP side of a controller: limits, errors, and everything that is not an API object. */
export function buildApp({ version, tls }: AppOptions, modules: AppModules): FastifyInstance {
  const { logger, metrics } = modules;
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    ...(tls === undefined ? {} : { serverFactory: secureServer(tls) }),
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_MS,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    http: HTTP_BOUNDS,
    // Malformed escapes in a path are the client's mistake, not an unknown route.
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      void reply.code(error.statusCode ?? 400).send(problemBody(error.statusCode ?? 400, error.message));
    },
  });
  // Clients send bodies with any type or none, on DELETE too: read octets, let the endpoint judge.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });

  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.setNotFoundHandler((request, reply) => {
    void reply.code(404).send(problemBody(404, `nothing is served at ${request.url.slice(0, 200)}`));
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, message, violations, retryAfter } = describeError(error);
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (status >= 500) logger.error({ err: error, url: request.url, method: request.method }, 'request failed');
    void reply
      .code(status)
      .type('application/json')
      .send(problemBody(status, message, violations));
  });

  registerEndpoints(app, modules);

  /** What tells of the whole is the provider's. */
  const operator = async (request: FastifyRequest): Promise<void> => {
    const { role } = await known(modules, request);
    if (role !== 'admin') throw new Refusal(403, `your role, ${role}, may not do this`);
  };
  app.get('/healthz', async () => {
    await modules.healthy();
    return { status: 'ok' };
  });
  app.get('/metrics', async (request, reply) => {
    await operator(request);
    return reply.type(metrics.contentType).send(await metrics.render());
  });
  const document = openApiDocument(version);
  app.get(`${API_ROOT}/openapi.json`, async (request, reply) => {
    await known(modules, request);
    return reply.send(document);
  });
  let page: string | undefined;
  app.get(`${API_ROOT}/docs`, async (request, reply) => {
    await known(modules, request);
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', DOCS_POLICY)
      .header('x-content-type-options', 'nosniff')
      .send((page ??= docsPage(version)));
  });
  return app;
}

/** An https.Server is an http.Server in all that is used of it here. */
function secureServer(tls: Pair): (handler: RequestListener) => Server {
  return (handler) => {
    const server = createSecureServer(
      { ...tls, ...HTTP_BOUNDS, minVersion: 'TLSv1.2', requestTimeout: REQUEST_MS },
      handler,
    );
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    return server;
  };
}

export const LOGIN_FIRST =
  'authentication is required: send the token as X-Auth-Token or Authorization: Bearer, or POST /midonet-api/login';

function describeError(
  error: unknown,
): Pick<Refusal, 'status' | 'message' | 'violations'> & { readonly retryAfter?: number | undefined } {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreError) {
    if (error.code === 'compacted') return { status: 410, message: error.message, violations: [] };
    const status = error.code === 'tooLarge' ? 413 : error.code === 'invalid' ? 400 : 503;
    return { status, message: `the store cannot serve this now (${error.code})`, violations: [] };
  }
  if (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  ) {
    return { status: error.statusCode, message: error.message, violations: [] };
  }
  return { status: 500, message: 'an unexpected error; it is in the log of the controller', violations: [] };
}
