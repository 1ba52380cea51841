import { API_ROOT, isCloudRole, openApiDocument, type OpenApiDocument } from '@midonet/contract';
import { StoreError, StoreFull } from '@midonet/store';
import { randomUUID } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { Pair } from '../tls/certificate.ts';
import { letBrowserIn } from './browser-login.ts';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { problemBody, Refusal } from './problem.ts';
import { labelElsewhere, refuseElsewhere } from './no-route.ts';
import { known, recognize, registerEndpoints, type RouteModules } from './routes.ts';

/** How long peers may take, in milliseconds. */
export type HttpTimes = {
  /** For the head of a request. */
  readonly headers: number;
  /** For a request as a whole. */
  readonly request: number;
  /** Without a sign, in either direction, while it is served. */
  readonly silent: number;
};

export const HTTP_TIMES: HttpTimes = { headers: 15_000, request: 30_000, silent: 120_000 };

export type AppOptions = { readonly version: string; readonly tls?: Pair | undefined; readonly times: HttpTimes };

export type AppModules = RouteModules & {
  readonly metrics: Metrics;
  /** Resolves when the store answers. */
  readonly healthy: () => Promise<void>;
};

/** One megabyte holds the largest object a hundred times. */
export const BODY_LIMIT = 1 << 20;
const KEEP_ALIVE_MS = 75_000;
/** How often Node looks who is late; by default that is every 30 s. */
const LOOK_EVERY_MS = 1_000;
const HTTP_BOUNDS = {
  maxHeaderSize: 16 << 10,
  connectionsCheckingInterval: LOOK_EVERY_MS,
} as const;

/** The HTTP side of a controller: limits, errors, and everything that is not an API object. */
export function buildApp({ version, tls, times }: AppOptions, modules: AppModules): FastifyInstance {
  const { logger, metrics } = modules;
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    ...(tls === undefined ? {} : { serverFactory: secureServer(tls, times) }),
    genReqId: () => randomUUID(),
    requestTimeout: times.request,
    connectionTimeout: times.silent,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    http: { ...HTTP_BOUNDS, headersTimeout: times.headers },
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

  const onRequest = (request: FastifyRequest, reply: FastifyReply) => recognize(modules, request, reply);
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (request.is404) refuseElsewhere(request, reply, onRequest).catch(done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? labelElsewhere(request);
    metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, message, violations, retryAfter } = describeError(error);
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    // 501 is said on purpose: clients that list all there is ask for it again and again.
    if (status >= 500 && status !== 501)
      logger.error({ err: error, url: request.url, method: request.method }, 'request failed');
    void reply
      .code(status)
      .type('application/json')
      .send(problemBody(status, message, violations));
  });

  registerEndpoints(app, modules);

  /** What tells of the whole is the provider's. */
  const operator = (request: FastifyRequest): void => {
    const { role } = known(request);
    if (!isCloudRole(role)) throw new Refusal(403, `your role, ${role}, may not do this`);
  };
  // That it runs, for whoever would start it anew; that it can serve, for whoever sends it work.
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    await modules.healthy();
    return { status: 'ok' };
  });
  app.get('/metrics', { onRequest }, async (request, reply) => {
    operator(request);
    return reply.type(metrics.contentType).send(await metrics.render());
  });
  // Made when first asked for: it takes longer than the rest of the start.
  let document: OpenApiDocument | undefined;
  app.get(`${API_ROOT}/openapi.json`, { onRequest }, async (_request, reply) => {
    return reply.send((document ??= openApiDocument(version)));
  });
  let page: string | undefined;
  const browser = (request: FastifyRequest, reply: FastifyReply) => letBrowserIn(modules, request, reply);
  app.get(`${API_ROOT}/docs`, { onRequest: browser }, async (_request, reply) => {
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', DOCS_POLICY)
      .header('x-content-type-options', 'nosniff')
      .send((page ??= docsPage(version)));
  });
  return app;
}

/** An https.Server is an http.Server in all that is used of it here. */
function secureServer(tls: Pair, times: HttpTimes): (handler: RequestListener) => Server {
  return (handler) => {
    const server = createSecureServer(
      {
        ...tls,
        ...HTTP_BOUNDS,
        minVersion: 'TLSv1.2',
        headersTimeout: times.headers,
        requestTimeout: times.request,
      },
      handler,
    );
    server.timeout = times.silent;
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
    // How much is too much is what the client must know.
    if (error.code === 'tooLarge') return { status: 413, message: error.message, violations: [] };
    if (error instanceof StoreFull)
      return { status: 507, message: `the store is full. ${error.remedy}`, violations: [] };
    const status = error.code === 'invalid' ? 400 : 503;
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
