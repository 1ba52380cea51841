import {
  acceptsBody,
  allEndpoints,
  API_ROOT,
  baseOf,
  JSON_TYPE,
  looksBack,
  MERGE_PATCH_TYPE,
  negotiate,
  NOT_BUILT,
  patchables,
  readingEndpoints,
  type Base,
  type Endpoint,
  type NamedEndpoint,
  type Patchable,
} from '@midonet/contract';
import type { Store } from '@midonet/store';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { HandlerTable } from '../access/handler-table.ts';
import { tenantOfIdentity, type Identity } from '../access/identity.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { inOneTransaction } from '../draft/attempt.ts';
import type { Limits } from '../limits/limits.ts';
import type { Metrics } from '../metrics.ts';
import { answer, answerChanged } from './answer.ts';
import { LOGIN_FIRST } from './app.ts';
import { checkPrecondition, currentOf, preconditionOf, type Precondition } from './conditional.ts';
import { bodyOf, parseBody, perform, reachFor, type Ask, type Content } from './operation.ts';
import { patch, requireIfMatch } from './patching.ts';
import { badRequest, Refusal } from './problem.ts';

export type RouteModules = {
  readonly handlers: HandlerTable;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly metrics: Metrics;
};

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** Routes for every endpoint of the contract, 405 for their other methods, 501 for what is not built. */
export function registerEndpoints(app: FastifyInstance, modules: RouteModules): void {
  const allowed = new Map<string, string[]>();
  const readings = readingEndpoints();
  const allow = (url: string, method: string) => allowed.set(url, [...(allowed.get(url) ?? []), method]);
  for (const named of allEndpoints()) {
    const { endpoint } = named;
    const url = routePath(endpoint.path);
    allow(url, endpoint.method);
    const reading = readings.get(endpoint.path);
    app.route({
      method: endpoint.method,
      url,
      handler: (request, reply) => serve({ named, reading }, modules, request, reply),
    });
  }
  for (const one of patchables()) {
    const url = routePath(one.writing.endpoint.path);
    allow(url, 'PATCH');
    app.route({ method: 'PATCH', url, handler: (request, reply) => servePatch(one, modules, request, reply) });
  }
  for (const [url, methods] of allowed) {
    const others = METHODS.filter((method) => !methods.includes(method));
    app.route({
      method: others,
      url,
      handler: (request, reply) => {
        void reply.header('allow', methods.join(', '));
        throw new Refusal(405, `${request.method} is not possible here; ${methods.join(', ')} is`);
      },
    });
  }
  for (const { path, feature } of NOT_BUILT) {
    const handler = async (request: FastifyRequest): Promise<never> => {
      await known(modules, request);
      throw new Refusal(501, `not built yet: ${feature}`);
    };
    app.route({ method: [...METHODS], url: routePath(path), handler });
    app.route({ method: [...METHODS], url: `${routePath(path)}/*`, handler });
  }
}

function routePath(path: string): string {
  return API_ROOT + path.replace(/\{(\w+)\}/g, ':$1');
}

/** Whoever has not shown who they are comes no further than this. */
const STRANGER: Identity = { user: 'login', role: 'reader', tenantId: '\0', credential: { kind: 'none', keys: [] } };

/** Who asks. Throws 401 for strangers, 429 for those who ask too often. */
export async function known(
  { authenticator, limits }: Pick<RouteModules, 'authenticator' | 'limits'>,
  request: FastifyRequest,
): Promise<Identity> {
  const identity = await authenticator.identify(request.headers);
  if (identity === undefined) throw new Refusal(401, LOGIN_FIRST);
  const { kind, id } = identity.credential;
  // The controller's own token stays as fast as the machine.
  if (kind !== 'root' && kind !== 'none') limits.request(id ?? `user ${identity.user}`);
  return identity;
}

type Served = { readonly named: NamedEndpoint; readonly reading: NamedEndpoint | undefined };

async function serve(
  { named, reading }: Served,
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { endpoint } = named;
  const identity = endpoint.permission === 'none' ? STRANGER : await known(modules, request);
  reachFor(identity, named);
  const ask = askOf(request, identity);
  const table = await tableFor(endpoint, modules, request, reply);
  const content = { body: bodyOf(endpoint, request.headers['content-type'], request.body) };
  const conditional = endpoint.method !== 'GET' && endpoint.permission !== 'none';
  const precondition = conditional ? preconditionOf(request.headers) : undefined;
  const value =
    precondition === undefined
      ? await perform(table, named, ask, content)
      : await performIf(precondition, { named, reading }, modules, { ask, content });
  return answer(endpoint, value, request, reply);
}

/** With `at=` the handlers of that time. */
async function tableFor(
  endpoint: Endpoint,
  { handlers }: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<HandlerTable> {
  const { at } = textMap(request.query);
  if (at === undefined) return handlers;
  if (!looksBack(endpoint)) throw badRequest([{ property: 'at', message: 'only reads can ask for the past' }]);
  const revision = await handlers.revisionOf(at);
  void reply.header('x-midonet-revision', String(revision));
  return handlers.at(revision);
}

/** A write that happens only while what is at its address is as the request says. */
function performIf(
  precondition: Precondition,
  { named, reading }: Served,
  modules: RouteModules,
  { ask, content }: { readonly ask: Ask; readonly content: Content },
): Promise<unknown> {
  return inOneTransaction(modules, ask.author, async (draft) => {
    const table = modules.handlers.over(draft);
    checkPrecondition(precondition, reading === undefined ? undefined : await currentOf(draft, table, reading, ask));
    return perform(table, named, ask, content);
  });
}

async function servePatch(
  one: Patchable,
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { endpoint } = one.writing;
  const identity = await known(modules, request);
  reachFor(identity, one.writing);
  void reply.header('accept-patch', MERGE_PATCH_TYPE);
  const { headers } = request;
  if (!acceptsBody(headers['content-type'], [MERGE_PATCH_TYPE, ...endpoint.bodyMedia])) {
    throw new Refusal(415, `the body must be ${MERGE_PATCH_TYPE} or ${JSON_TYPE}`);
  }
  await tableFor(endpoint, modules, request, reply);
  requireIfMatch(headers);
  const ask = askOf(request, identity);
  const body = parseBody(request.body);
  const { value, etag } = await inOneTransaction(modules, ask.author, (draft) =>
    patch(draft, modules.handlers.over(draft), one, { ask, body }),
  );
  void reply.header('etag', etag);
  return answerChanged(negotiate(headers.accept, endpoint.media), value, request, reply);
}

function askOf(request: FastifyRequest, identity: Identity): Ask {
  return {
    identity,
    params: textMap(request.params),
    query: textMap(request.query),
    base: requestBase(request),
    author: {
      user: identity.user,
      from: request.ip,
      token: identity.credential.kind === 'token' ? identity.credential.id : undefined,
      request: request.id,
      tenantId: tenantOfIdentity(identity),
    },
    headers: request.headers,
  };
}

/** Absolute URIs carry the name the client used. A Host that could not be one is refused. */
function requestBase(request: FastifyRequest): Base {
  const host =
    request.headers.host ?? `${request.socket.localAddress ?? 'localhost'}:${request.socket.localPort ?? 80}`;
  if (!/^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/.test(host)) {
    throw new Refusal(400, 'the Host header is not a host name or address');
  }
  return baseOf(`${request.protocol}://${host}`);
}

function textMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
