import {
  acceptsBody,
  allEndpoints,
  API_ROOT,
  baseOf,
  decode,
  looksBack,
  negotiate,
  NOT_BUILT,
  type Base,
  type Endpoint,
  type NamedEndpoint,
} from '@midonet/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { HandlerTable } from '../access/handler-table.ts';
import { tenantOfIdentity, type Identity } from '../access/identity.ts';
import { reachOf, type Reach } from '../access/policy.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Limits } from '../limits/limits.ts';
import { LOGIN_FIRST } from './app.ts';
import type { Handlers, Request } from './handlers.ts';
import { badRequest, Refusal } from './problem.ts';

export type RouteModules = {
  readonly handlers: HandlerTable;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
};
type AnyHandler = (request: Request<Endpoint>) => Promise<unknown>;

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** Routes for every endpoint of the contract, 405 for their other methods, 501 for what is not built. */
export function registerEndpoints(app: FastifyInstance, modules: RouteModules): void {
  const allowed = new Map<string, string[]>();
  for (const { group, operation, endpoint } of allEndpoints()) {
    const url = routePath(endpoint.path);
    allowed.set(url, [...(allowed.get(url) ?? []), endpoint.method]);
    app.route({
      method: endpoint.method,
      url,
      handler: (request, reply) => serve({ group, operation, endpoint }, modules, request, reply),
    });
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

/** Names come from `allEndpoints`, so the mapped type `Handlers` has them all. */
function lookUp(handlers: Handlers, group: string, operation: string): AnyHandler {
  const found = (handlers as unknown as Record<string, Record<string, AnyHandler>>)[group]?.[operation];
  if (found === undefined) throw new Error(`no handler for ${group}.${operation}`);
  return found;
}

function routePath(path: string): string {
  return API_ROOT + path.replace(/\{(\w+)\}/g, ':$1');
}

/** Whoever has not shown who they are comes no further than this. */
const STRANGER: Identity = { user: 'login', role: 'reader', tenantId: '\0', credential: { kind: 'none', keys: [] } };

/** Who asks. Throws 401 for strangers, 429 for those who ask too often. */
export async function known(
  { authenticator, limits }: Omit<RouteModules, 'handlers'>,
  request: FastifyRequest,
): Promise<Identity> {
  const identity = await authenticator.identify(request.headers);
  if (identity === undefined) throw new Refusal(401, LOGIN_FIRST);
  const { kind, id } = identity.credential;
  // The controller's own token stays as fast as the machine.
  if (kind !== 'root' && kind !== 'none') limits.request(id ?? `user ${identity.user}`);
  return identity;
}

/** The one place where it is decided whether a request goes on: who it is, and how far they reach with this endpoint. */
async function serve(
  { group, operation, endpoint }: NamedEndpoint,
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const identity = endpoint.permission === 'none' ? STRANGER : await known(modules, request);
  const reach = reachOf(identity, group, operation);
  if (reach === 'none') throw new Refusal(403, `your role, ${identity.role}, may not do this`);
  const handler = lookUp(await handlersFor({ endpoint, identity, reach }, modules, request, reply), group, operation);
  const value = await handler({
    params: textMap(request.params),
    body: bodyOf(endpoint, request),
    query: textMap(request.query),
    base: requestBase(request),
    author: {
      user: identity.user,
      from: request.ip,
      token: identity.credential.kind === 'token' ? identity.credential.id : undefined,
      request: request.id,
      tenantId: tenantOfIdentity(identity),
    },
    caller: { identity, reach },
    headers: request.headers,
  });
  return answer(endpoint, value, request, reply);
}

/** With `at=` the handlers of that time. */
async function handlersFor(
  { endpoint, identity, reach }: { readonly endpoint: Endpoint; readonly identity: Identity; readonly reach: Reach },
  { handlers }: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Handlers> {
  const { at } = textMap(request.query);
  if (at === undefined) return handlers.for(identity, reach);
  if (!looksBack(endpoint)) throw badRequest([{ property: 'at', message: 'only reads can ask for the past' }]);
  const revision = await handlers.revisionOf(at);
  void reply.header('x-midonet-revision', String(revision));
  return handlers.at(revision, identity, reach);
}

function bodyOf(endpoint: Endpoint, request: FastifyRequest): unknown {
  if (endpoint.request === undefined) return undefined;
  if (!acceptsBody(request.headers['content-type'], endpoint.bodyMedia)) {
    const understood = ['application/json', ...endpoint.bodyMedia].join(', ');
    throw new Refusal(415, `the body must be one of ${understood}`);
  }
  const decoded = decode(endpoint.request, parseBody(request.body));
  if (decoded.kind === 'invalid') throw badRequest(decoded.violations);
  return decoded.value;
}

function parseBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'syntax error';
    throw new Refusal(400, `the body is not JSON: ${why.slice(0, 200)}`);
  }
}

/** Writes never fail on Accept: their work is done. Reads do, once it is known that the object exists. */
function answer(endpoint: Endpoint, value: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { accept } = request.headers;
  const type = negotiate(accept, endpoint.media);
  const uri = textMember(value, 'uri');
  switch (endpoint.method) {
    case 'GET':
      if (type === undefined) throw new Refusal(406, `available as application/json, ${endpoint.media.join(', ')}`);
      return sendJson(reply, type, value);
    case 'POST': {
      if (uri !== undefined) void reply.code(201).header('location', uri);
      const key = textMember(value, 'key');
      if (endpoint.path === '/login' && key !== undefined) {
        const expires = textMember(value, 'expires') ?? '';
        void reply.header('set-cookie', `sessionId=${key}; Expires=${expires}; Path=/; HttpOnly; SameSite=Strict`);
      }
      // Existing clients send no Accept here and fetch the Location; whoever asks gets the object.
      if (uri !== undefined && (accept === undefined || type === undefined)) return reply.send();
      return sendJson(reply, type ?? 'application/json', value);
    }
    case 'PUT':
      if (accept === undefined || type === undefined) return reply.code(204).send();
      return sendJson(reply, type, value);
    case 'DELETE':
      return reply.code(204).send();
  }
}

/** As octets: for text the framework rewrites the type, which clients compare letter by letter. */
function sendJson(reply: FastifyReply, type: string, value: unknown): FastifyReply {
  return reply.header('content-type', type).send(Buffer.from(JSON.stringify(value)));
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

function textMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
