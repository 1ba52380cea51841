import {
  acceptsBody,
  decodeTexts,
  isText,
  JSON_TYPE,
  type Base,
  type Endpoint,
  type NamedEndpoint,
} from '@midonet/contract';
import type { IncomingHttpHeaders } from 'node:http';
import type { HandlerTable } from '../access/handler-table.ts';
import type { Actor, Identity } from '../access/identity.ts';
import { reachOf, type Reach } from '../access/policy.ts';
import type { Handlers, Request } from './handlers.ts';
import { badRequest, Refusal } from './problem.ts';

/** One operation asked for: all of it but the endpoint and the decoded body. */
export type Ask = {
  readonly identity: Identity;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly base: Base;
  readonly author: Actor;
  readonly headers: IncomingHttpHeaders;
};

/** A decoded body; `removed`: members that a merge patch takes away. */
export type Content = { readonly body: unknown; readonly removed?: ReadonlySet<string> };

export const NO_CONTENT: Content = { body: undefined };
const NOTHING: ReadonlySet<string> = new Set();

type AnyHandler = (request: Request<Endpoint>) => Promise<unknown>;

/** The one place where it is decided whether an operation goes on: how far its caller reaches with this endpoint. */
export function reachFor(identity: Identity, { group, operation }: NamedEndpoint): Reach {
  const reach = reachOf(identity, group, operation);
  if (reach === 'none') throw new Refusal(403, `your role, ${identity.role}, may not do this`);
  return reach;
}

/** Does what an endpoint says for that caller; throws a Refusal when the caller may not. */
export async function perform(
  table: HandlerTable,
  named: NamedEndpoint,
  { identity, ...ask }: Ask,
  { body, removed = NOTHING }: Content,
): Promise<unknown> {
  const reach = reachFor(identity, named);
  const handler = lookUp(table.for(identity, reach), named);
  return handler({ ...ask, body, removed, caller: { identity, reach } });
}

/** Names come from `allEndpoints`, so the mapped type `Handlers` has them all. */
function lookUp(handlers: Handlers, { group, operation }: NamedEndpoint): AnyHandler {
  const found = (handlers as unknown as Record<string, Record<string, AnyHandler>>)[group]?.[operation];
  if (found === undefined) throw new Error(`no handler for ${group}.${operation}`);
  return found;
}

/** The request's body as its endpoint wants it; throws 415 and 400. */
export function bodyOf(endpoint: Endpoint, contentType: string | undefined, octets: unknown): unknown {
  if (endpoint.request === undefined) return undefined;
  if (!acceptsBody(contentType, endpoint.bodyMedia)) {
    throw new Refusal(415, `the body must be one of ${[JSON_TYPE, ...endpoint.bodyMedia].join(', ')}`);
  }
  return decodeBody(endpoint, isText(endpoint) ? textBody(octets) : parseBody(octets));
}

export function decodeBody(endpoint: Endpoint, value: unknown): unknown {
  if (endpoint.request === undefined) return undefined;
  const decoded = decodeTexts(endpoint.request, value);
  if (decoded.kind === 'invalid') throw badRequest(decoded.violations);
  return decoded.value;
}

function textBody(body: unknown): string {
  return Buffer.isBuffer(body) ? body.toString('utf8') : '';
}

export function parseBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'syntax error';
    throw new Refusal(400, `the body is not JSON: ${why.slice(0, 200)}`);
  }
}
