import {
  acceptsBody,
  allEndpoints,
  baseOf,
  BATCH_BYTES,
  collectionOf,
  fillPath,
  JSON_TYPE,
  looksBack,
  MERGE_PATCH_TYPE,
  MOST_OBJECTS,
  negotiate,
  patchables,
  takesMany,
  type Base,
  type Endpoint,
  type NamedEndpoint,
  type Patchable,
} from '@midonet/contract';
import { inOneReading, type Store } from '@midonet/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { HandlerTable } from '../access/handler-table.ts';
import { tenantOfIdentity, type Identity } from '../access/identity.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { inOneTransaction } from '../draft/attempt.ts';
import { listShape, readListQuery, type ListShape } from '../listing/list-query.ts';
import type { Scan } from '../listing/scan.ts';
import type { Connections } from '../limits/connections.ts';
import type { Limits } from '../limits/limits.ts';
import type { Metrics } from '../metrics.ts';
import { answer, answerChanged, sendJson } from './answer.ts';
import { BODY_LIMIT, LOGIN_FIRST } from './app.ts';
import { checkConditions, isConditional } from './conditional.ts';
import { bodyOf, parseBody, perform, reachFor, type Ask } from './operation.ts';
import { answerList } from './answer-list.ts';
import { routeOf } from './no-route.ts';
import { patch, requireIfMatch } from './patching.ts';
import { badRequest, Refusal } from './problem.ts';

export type RouteModules = {
  readonly handlers: HandlerTable;
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** Routes for every endpoint of the contract. */
export function registerEndpoints(app: FastifyInstance, modules: RouteModules): void {
  const onRequest = (request: FastifyRequest, reply: FastifyReply) => recognize(modules, request, reply);
  const long = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const bytes = request.headers['content-length'];
    if (bytes !== undefined && Number(bytes) <= BODY_LIMIT) return;
    reply.raw.once('close', modules.limits.longBody(known(request)));
  };
  for (const named of allEndpoints()) {
    const { endpoint } = named;
    const shape = listShape(endpoint);
    app.route({
      method: endpoint.method,
      url: routeOf(endpoint.path),
      ...(endpoint.permission === 'none' ? { bodyLimit: STRANGER_BODY } : { onRequest }),
      ...(named.group === 'batch' ? { onRequest: [onRequest, long], bodyLimit: BATCH_BYTES } : {}),
      handler: (request, reply) =>
        inOneReading(() =>
          shape === undefined
            ? serve(named, modules, request, reply)
            : serveList({ named, shape }, modules, request, reply),
        ),
    });
  }
  for (const one of patchables()) {
    app.route({
      method: 'PATCH',
      url: routeOf(one.writing.endpoint.path),
      onRequest,
      handler: (request, reply) => inOneReading(() => servePatch(one, modules, request, reply)),
    });
  }
}

/** Logins and enrolments are short. */
const STRANGER_BODY = 16 << 10;

/** Whoever has not shown who they are comes no further than this. */
const STRANGER: Identity = { user: 'login', role: 'reader', tenantId: '\0', credential: { kind: 'none', keys: [] } };

const identities = new WeakMap<FastifyRequest, Identity>();

/**
 * Finds out who asks, before the body is read: what strangers send is not worth memory. Throws 401
 * for strangers, 429 for those who ask too often or for too much at a time.
 */
export async function recognize(
  { authenticator, connections, limits }: Pick<RouteModules, 'authenticator' | 'connections' | 'limits'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const identity = await authenticator.identify(request.headers);
  if (identity === undefined) throw new Refusal(401, LOGIN_FIRST);
  if (!connections.admit(request.raw.socket, identity)) {
    void reply.header('connection', 'close');
    throw new Refusal(429, 'too many connections of this caller; use fewer', [], 1);
  }
  limits.request(identity);
  reply.raw.once('close', limits.begin(identity));
  identities.set(request, identity);
}

/** Who `recognize` found. */
export function known(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (identity === undefined) throw new Refusal(401, LOGIN_FIRST);
  return identity;
}

async function serve(
  named: NamedEndpoint,
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { endpoint } = named;
  const identity = endpoint.permission === 'none' ? STRANGER : known(request);
  reachFor(identity, named);
  const ask = askOf(request, identity);
  const table = await tableFor(endpoint, modules, request, reply);
  const many = manyOf(named, request);
  if (many !== undefined) {
    const made = await table.batches.createMany(ask, named, many);
    void reply.code(201).header('location', `${ask.base}${fillPath(endpoint.path, ask.params)}`);
    return sendJson(reply, typeOfMany(endpoint, request.headers.accept), made);
  }
  const content = { body: bodyOf(endpoint, request.headers['content-type'], request.body) };
  const isWrite = endpoint.method !== 'GET' && endpoint.permission !== 'none';
  const isDrafted = isWrite && (endpoint.compound === true || isConditional(request.headers));
  const value = isDrafted
    ? await inOneTransaction(modules, ask.author, async (draft) => {
        const own = table.over(draft);
        await checkConditions(draft, own, named, ask);
        return perform(own, named, ask, content);
      })
    : await perform(table, named, ask, content);
  return answer(endpoint, value, request, reply);
}

/** A list: filtered, sorted, in pages or as a whole, and sent while it is read when it is long. */
async function serveList(
  { named, shape }: { readonly named: NamedEndpoint; readonly shape: ListShape },
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { endpoint } = named;
  const identity = known(request);
  reachFor(identity, named);
  const table = await tableFor(endpoint, modules, request, reply);
  const query = readListQuery(shape, request.query);
  const ask = { ...askOf(request, identity), query: query.own };
  const list = (await perform(table, named, ask, { body: undefined })) as readonly unknown[] | Scan<unknown>; // its kind
  return answerList({ endpoint, query, base: ask.base, logger: modules.logger }, list, request, reply);
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

/** The objects of a bulk creation: a POST with a list of them. */
function manyOf(named: NamedEndpoint, { headers, body }: FastifyRequest): readonly unknown[] | undefined {
  if (!takesMany(named) || !startsAsList(body)) return undefined;
  const taken = named.endpoint.bodyMedia.flatMap((type) => [type, collectionOf(type)]);
  if (!acceptsBody(headers['content-type'], taken)) {
    throw new Refusal(415, `a list must be one of ${[JSON_TYPE, ...taken].join(', ')}`);
  }
  if (isConditional(headers)) throw new Refusal(400, 'If-Match and If-None-Match do not go with a list');
  const parsed = parseBody(body);
  if (!Array.isArray(parsed)) return undefined;
  if (parsed.length > 0 && parsed.length <= MOST_OBJECTS) return parsed as unknown[];
  throw badRequest([{ property: 'body', message: `must have 1 to ${MOST_OBJECTS} objects, not ${parsed.length}` }]);
}

function typeOfMany({ bodyMedia }: Endpoint, accept: string | undefined): string {
  const offered = [JSON_TYPE, ...bodyMedia.flatMap((type) => [collectionOf(type), type])];
  return negotiate(accept, offered) ?? JSON_TYPE;
}

/** Without parsing it twice. */
function startsAsList(body: unknown): boolean {
  return Buffer.isBuffer(body) && /^\s*\[/.test(body.toString('latin1', 0, 64));
}

async function servePatch(
  one: Patchable,
  modules: RouteModules,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { endpoint } = one.writing;
  const identity = known(request);
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
  if (etag !== undefined) void reply.header('etag', etag);
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
