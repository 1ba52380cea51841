import { API_ROOT } from '@midonet/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { belowRoot, missingAt, segmentsOf, servedAt } from './addresses.ts';
import { Refusal } from './problem.ts';

/**
 * Answers what no route takes, before its body is read: 405 where other methods are possible, 501 to whoever may ask
 * for what is not built, else 404.
 */
export async function refuseElsewhere(
  request: FastifyRequest,
  reply: FastifyReply,
  recognize: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): Promise<never> {
  const segments = segmentsAt(request.url);
  const served = segments && servedAt(segments);
  if (served !== undefined) {
    const methods = [...served.value.keys()].join(', ');
    void reply.header('allow', methods);
    throw new Refusal(405, `${request.method} is not possible here; ${methods} is`);
  }
  const missing = segments && missingAt(segments);
  if (missing === undefined) throw new Refusal(404, `nothing is served at ${request.url.slice(0, 200)}`);
  await recognize(request, reply);
  throw new Refusal(501, `not built yet: ${missing.value}`);
}

/** What requests for it are counted as. */
export function labelElsewhere({ url }: FastifyRequest): string {
  const segments = segmentsAt(url);
  const found = segments && (servedAt(segments) ?? missingAt(segments));
  return found === undefined ? 'unknown' : routeOf(found.template);
}

/** A template of the contract as Fastify writes it. */
export function routeOf(template: string): string {
  return API_ROOT + template.replace(/\{(\w+)\}/g, ':$1');
}

function segmentsAt(url: string): string[] | undefined {
  const path = belowRoot(url.replace(/[?#].*$/, ''));
  return path === undefined ? undefined : segmentsOf(path);
}
