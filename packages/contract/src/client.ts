import type { z } from 'zod';
import { fillPath, isText, looksBack, type Endpoint, type PathParams, type Schema } from './endpoint.ts';
import { allEndpoints, type Endpoints } from './endpoints.ts';
import { ApiError } from './errors.ts';
import { withEtag } from './etag.ts';
import { JSON_TYPE, TEXT_TYPE } from './media.ts';
import { MERGE_PATCH_TYPE, patchables, type MergePatch } from './patch.ts';
import { problem } from './problem.ts';

export type ClientOptions = {
  /**
   * With or without `/midonet-api` at the end: `http://10.0.0.1:8181/midonet-api`. Of several controllers
   * of one cloud the next is asked when one does not answer, and stays the first to be asked.
   */
  readonly baseUrl: string | readonly string[];
  readonly token?: string | undefined;
  /** A revision or time: reads answer as it was then. */
  readonly at?: string | undefined;
  /** For tests and browsers; the global one by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Per request, 30 s by default. */
  readonly timeoutMs?: number | undefined;
  /** How long a request that the controller puts off (too many at once) waits for its turn; not at all by default. */
  readonly patienceMs?: number | undefined;
};

type Params<P extends string> = { readonly [K in PathParams<P>]: string };
type Body<Req extends Schema> = Req extends z.ZodType
  ? undefined extends z.input<Req>
    ? { readonly body?: z.input<Req> }
    : { readonly body: z.input<Req> }
  : unknown;
type Extra = {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For this request instead of the client's. */
  readonly timeoutMs?: number;
};
type Result<Res extends Schema> = Res extends z.ZodType ? z.output<Res> : undefined;

type Arguments<E> = E extends Endpoint<infer P, infer Req> ? Params<P> & Body<Req> & Extra : never;

/** One method per endpoint; path parameters, `body` and `query` go in one object. */
export type ClientMethod<E> =
  E extends Endpoint<string, Schema, infer Res>
    ? object extends Arguments<E>
      ? (args?: Arguments<E>) => Promise<Result<Res>>
      : (args: Arguments<E>) => Promise<Result<Res>>
    : never;

/** `ifMatch`: the ETag of the state that was seen, or `*`; another state is refused with 412. */
export type PatchMethod<E> =
  E extends Endpoint<infer P, infer Req, infer Res>
    ? (args: Params<P> & Extra & { readonly body: MergePatch<Req>; readonly ifMatch: string }) => Promise<Result<Res>>
    : never;

export type Client = {
  readonly [G in keyof Endpoints]: {
    readonly [O in keyof Endpoints[G]]: ClientMethod<Endpoints[G][O]>;
  } & (Endpoints[G] extends {
    readonly update: infer E;
  }
    ? { readonly patch: PatchMethod<E> }
    : unknown);
};

type AnyArguments = Extra & { readonly body?: unknown; readonly ifMatch?: unknown; readonly [param: string]: unknown };

/**
 * A client with a method for every endpoint: `client.bridges.get({ id })`,
 * `client.bridges.createPort({ id, body: {} })`. Creation and update resolve with the object.
 * Rejects with ApiError and nothing else.
 */
export function createClient(options: ClientOptions): Client {
  const urls = typeof options.baseUrl === 'string' ? [options.baseUrl] : options.baseUrl;
  const bases = urls.map((url) => url.replace(/\/+$/, '').replace(/(\/midonet-api)?$/, '/midonet-api'));
  if (bases.length === 0) throw new TypeError('baseUrl names no controller');
  const controllers = { bases, turn: 0 };
  const client: Record<string, Record<string, unknown>> = {};
  for (const { group, operation, endpoint } of allEndpoints()) {
    const name = `${group}.${operation}`;
    client[group] ??= {};
    client[group][operation] = (args: AnyArguments = {}) => callInTurn(options, controllers, { name, endpoint, args });
  }
  for (const { writing } of patchables()) {
    const { group, endpoint } = writing;
    const groupOf = (client[group] ??= {});
    groupOf['patch'] = ({ ifMatch, ...args }: AnyArguments) => {
      const headers = { 'content-type': MERGE_PATCH_TYPE, 'if-match': String(ifMatch), ...args.headers };
      const name = `${group}.patch`;
      return callInTurn(options, controllers, { name, endpoint, method: 'PATCH', args: { ...args, headers } });
    };
  }
  // The loop above makes exactly what the mapped type says: both come from `endpoints`.
  return client as unknown as Client;
}

/** `turn` is the one that answered last. */
type Controllers = { readonly bases: readonly string[]; turn: number };

type Call = {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Where it is not the endpoint's own. */
  readonly method?: 'PATCH';
  readonly args: AnyArguments;
};

/** Again as long as the controller says to come back later and that is within the client's patience. */
async function callInTurn(options: ClientOptions, controllers: Controllers, request: Call): Promise<unknown> {
  for (let left = options.patienceMs ?? 0; ;) {
    try {
      return await callAny(options, controllers, request);
    } catch (error) {
      const wait = 1000 * (putOff(error) ?? Infinity);
      if (wait > left || request.args.signal?.aborted === true) throw error;
      left -= wait;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function putOff(error: unknown): number | undefined {
  return error instanceof ApiError && error.failure.kind === 'refused' ? error.failure.retryAfter : undefined;
}

async function callAny(options: ClientOptions, controllers: Controllers, request: Call): Promise<unknown> {
  const { bases } = controllers;
  for (let left = bases.length - 1; ; left--) {
    const turn = controllers.turn;
    try {
      return await call(options, bases[turn % bases.length] ?? '', request);
    } catch (error) {
      if (controllers.turn === turn && isAway(error)) controllers.turn++;
      if (left === 0 || !mayRepeat(error, request)) throw error;
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof ApiError && (error.failure.kind === 'unreachable' || error.status === 503);
}

/** A request that may have been done already goes to another controller only if doing it twice changes nothing. */
function mayRepeat(error: unknown, { endpoint, method, args }: Call): boolean {
  if (!isAway(error) || args.signal?.aborted === true) return false;
  return (method ?? endpoint.method) === 'GET' || (error instanceof ApiError && NEVER_SENT.has(codeOf(error.cause)));
}

/** Nobody was there to take it. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function codeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : '';
}

async function call(options: ClientOptions, base: string, { name, endpoint, method, args }: Call): Promise<unknown> {
  const { body, query, headers, signal, timeoutMs = options.timeoutMs ?? 30_000 } = args;
  const params = Object.fromEntries(Object.entries(args).filter(([, value]) => typeof value === 'string'));
  const url = new URL(base + fillPath(endpoint.path, params as Record<string, string>));
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(key, value);
  if (options.at !== undefined && looksBack(endpoint)) url.searchParams.set('at', options.at);
  const timeout = AbortSignal.timeout(timeoutMs);
  const text = isText(endpoint);
  const type = text ? TEXT_TYPE : JSON_TYPE;
  const request: RequestInit = {
    method: method ?? endpoint.method,
    headers: {
      accept: type,
      ...(endpoint.request === undefined ? {} : { 'content-type': type }),
      ...(options.token === undefined ? {} : { 'x-auth-token': options.token }),
      ...headers,
    },
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    ...(endpoint.request === undefined ? {} : { body: text ? String(body) : JSON.stringify(body ?? {}) }),
  };
  let response: Response;
  let answer: string;
  try {
    response = await (options.fetch ?? globalThis.fetch)(url, request);
    answer = await response.text();
  } catch (cause) {
    throw new ApiError({ kind: 'unreachable', endpoint: name, message: unreachable(url, cause) }, { cause });
  }
  if (response.status >= 400) throw refused(name, response, answer);
  if (endpoint.response === undefined) return undefined;
  const decoded = endpoint.response.safeParse(text ? answer : parseJson(answer));
  if (decoded.success) return withEtag(decoded.data, response.headers.get('etag'));
  const message = `${name}: the answer of ${url.host} is not what this version understands: ${decoded.error.message}`;
  throw new ApiError({ kind: 'protocol', endpoint: name, status: response.status, message });
}

function refused(endpoint: string, { status, headers }: Response, text: string): ApiError {
  const retryAfter = /^\d{1,6}$/.test(headers.get('retry-after') ?? '')
    ? Number(headers.get('retry-after'))
    : undefined;
  const decoded = problem.safeParse(parseJson(text));
  if (!decoded.success) {
    const message = `HTTP ${status}: ${text.slice(0, 200)}`;
    return new ApiError({ kind: 'refused', endpoint, status, message, violations: [], retryAfter });
  }
  const { message, violations = [] } = decoded.data;
  return new ApiError({ kind: 'refused', endpoint, status, message, violations, retryAfter });
}

function unreachable(url: URL, cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message : String(inner);
  return `no answer from the controller at ${url.origin}: ${why}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
