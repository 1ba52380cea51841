import { JSON_TYPE, negotiate, type Base, type Endpoint } from '@midonet/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { ListQuery } from '../listing/list-query.ts';
import { jsonList } from '../listing/json-list.ts';
import { pageOf } from '../listing/pages.ts';
import type { Scan } from '../listing/scan.ts';
import { answerText } from './answer.ts';
import { Refusal } from './problem.ts';

type Listed = {
  readonly endpoint: Endpoint;
  readonly query: ListQuery;
  readonly base: Base;
  readonly logger: Logger;
};

export async function answerList(
  { endpoint, query, base, logger }: Listed,
  list: readonly unknown[] | Scan<unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const type = negotiate(request.headers.accept, endpoint.media);
  if (type === undefined) throw new Refusal(406, `available as ${[JSON_TYPE, ...endpoint.media].join(', ')}`);
  const { items, next } = await pageOf(list, query);
  if (next !== undefined) void reply.header('link', `<${nextUrl(base, request.url, next)}>; rel="next"`);
  const json = await jsonList(items);
  if (json.kind === 'whole') return answerText({ type, text: json.text }, request, reply);
  void reply.header('content-type', type).header('vary', 'accept');
  if (request.method === 'HEAD') {
    await json.parts.return(undefined);
    return reply.send();
  }
  const parts = toldOf(json.parts, (error) => logger.error({ err: error, url: request.url }, 'a list was cut short'));
  return reply.send(Readable.from(parts, { objectMode: false, highWaterMark: 1 }));
}

/** The client has its 200 already: an error in the middle can only be told here. */
async function* toldOf<T>(parts: AsyncIterable<T>, tell: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* parts;
  } catch (error) {
    tell(error);
    throw error;
  }
}

/** The same request behind this page. */
function nextUrl(base: Base, url: string, marker: string): string {
  const next = new URL(url, base);
  next.searchParams.set('marker', marker);
  return next.href;
}
