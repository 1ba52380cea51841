import type { BatchDto, BatchOperation, NamedEndpoint } from '@midonet/contract';
import { isBatchable, isText } from '@midonet/contract';
import type { Store } from '@midonet/store';
import { setImmediate } from 'node:timers/promises';
import type { HandlerTable } from '../access/handler-table.ts';
import { inOneTransaction } from '../draft/attempt.ts';
import type { DraftStore } from '../draft/draft-store.ts';
import { checkConditions } from '../http/conditional.ts';
import { decodeBody, perform, reachFor, type Ask } from '../http/operation.ts';
import { patch, requireIfMatch } from '../http/patching.ts';
import { badRequest, Refusal } from '../http/problem.ts';
import type { Limits } from '../limits/limits.ts';
import type { Metrics } from '../metrics.ts';
import { findOperation, type Found } from './batch-paths.ts';
import type { Turnstile } from './turnstile.ts';

export type BatchModules = {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly limits: Limits;
  /** One for all the tables that are made over drafts. */
  readonly turnstile: Turnstile;
  /** The handlers on a draft. */
  readonly over: (draft: DraftStore) => HandlerTable;
};

/** So many operations count as one request. */
const PER_REQUEST = 10;
/** Others get their turn after as many. */
const TURN = 16;

type Result = BatchDto['results'][number];
type Step = (draft: DraftStore, table: HandlerTable) => Promise<Result>;

/** Several operations in one transaction. Each is checked as if it were asked for alone, behind those before it. */
export class Batches {
  readonly #modules: BatchModules;

  constructor(modules: BatchModules) {
    this.#modules = modules;
  }

  /** Mixed operations. A Refusal names the operation, and its field as `operations.3.body.name`. */
  async run(ask: Ask, operations: readonly BatchOperation[]): Promise<Result[]> {
    const steps = operations.map((operation, at) => {
      const place = { field: `operations.${at}.body`, name: `operation ${at}, ${operation.method} ${operation.path}` };
      const found = findAt(operation, at);
      return { ...place, step: stepOf(ask, operation, found) };
    });
    return this.#all(ask, steps);
  }

  /** Many objects of one kind. A Refusal names the object, and its field as `3.name`. */
  async createMany(ask: Ask, named: NamedEndpoint, bodies: readonly unknown[]): Promise<unknown[]> {
    const steps = bodies.map((body, at) => ({
      ...{ field: String(at), name: `object ${at}` },
      step: (_draft: DraftStore, table: HandlerTable) => write(table, named, ask, body),
    }));
    return (await this.#all(ask, steps)).map(({ body }) => body);
  }

  async #all(ask: Ask, steps: readonly (Place & { readonly step: Step })[]): Promise<Result[]> {
    const { limits, over, turnstile } = this.#modules;
    limits.request(ask.identity, Math.floor((steps.length - 1) / PER_REQUEST)); // one was counted when it came
    return turnstile.through(() =>
      inOneTransaction(this.#modules, ask.author, async (draft) => {
        const table = over(draft);
        const results: Result[] = [];
        for (const { step, ...place } of steps) {
          try {
            results.push(await step(draft, table));
          } catch (error) {
            throw error instanceof Refusal ? placed(error, place) : error;
          }
          if (results.length % TURN === 0) await setImmediate();
        }
        return results;
      }),
    );
  }
}

type Place = { readonly field: string; readonly name: string };

function findAt({ method, path }: BatchOperation, at: number): Found {
  const found = findOperation(method, path);
  const refuse = (message: string) => badRequest([{ property: `operations.${at}.path`, message }]);
  if (typeof found === 'string') throw refuse(found);
  if (!isBatchable(found.kind === 'patch' ? found.writing : found.named)) {
    throw refuse('cannot be part of a batch; ask for it alone');
  }
  return found;
}

function stepOf(ask: Ask, { body, ifMatch }: BatchOperation, found: Found): Step {
  const headers = ifMatch === undefined || ifMatch === null ? {} : { 'if-match': ifMatch };
  const own: Ask = { ...ask, params: found.params, query: {}, headers };
  if (found.kind === 'patch') {
    return async (draft, table) => {
      reachFor(own.identity, found.writing);
      requireIfMatch(headers);
      const { value } = await patch(draft, table, found, { ask: own, body });
      return { status: 200, uri: uriOf(value), body: value };
    };
  }
  return async (draft, table) => {
    // Before anything is said of the body or of what is there.
    reachFor(own.identity, found.named);
    await checkConditions(draft, table, found.named, own);
    return write(table, found.named, own, body);
  };
}

async function write(table: HandlerTable, named: NamedEndpoint, ask: Ask, body: unknown): Promise<Result> {
  const { endpoint } = named;
  const value = await perform(table, named, ask, { body: decodeBody(endpoint, body) });
  const uri = uriOf(value);
  switch (endpoint.method) {
    case 'POST':
      return { status: uri === null ? 200 : 201, uri, body: value ?? null };
    case 'DELETE':
      return { status: isText(endpoint) ? 200 : 204, uri: null, body: null };
    case 'GET':
    case 'PUT':
      return { status: 200, uri, body: value ?? null };
  }
}

/** The same refusal, told of the operation it came from. */
function placed(error: Refusal, { field, name }: Place): Refusal {
  const violations = error.violations.map(({ property, message }) => ({
    property: propertyAt(field, property),
    message,
  }));
  const named = violations.length > 0 ? violations : [{ property: field, message: error.message }];
  return new Refusal(error.status, `${name}: ${error.message}; nothing was done`, named, error.retryAfter);
}

function propertyAt(field: string, property: string): string {
  if (property === 'body') return field;
  return property === 'If-Match' ? field.replace(/body$/, 'ifMatch') : `${field}.${property}`;
}

function uriOf(value: unknown): string | null {
  const uri: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'uri') : undefined;
  return typeof uri === 'string' ? uri : null;
}
