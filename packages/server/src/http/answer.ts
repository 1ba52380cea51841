import { isText, JSON_TYPE, negotiate, TEXT_TYPE, type Endpoint } from '@midonet/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { etagAt } from './conditional.ts';
import { checkTags, etagOfText, ifNoneMatch } from './etag.ts';
import { Refusal } from './problem.ts';

/** Writes never fail on Accept: their work is done. Reads do, once it is known that the object exists. */
export function answer(endpoint: Endpoint, value: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { accept } = request.headers;
  const type = negotiate(accept, endpoint.media);
  if (isText(endpoint)) return answerSettings(endpoint, value, request, reply);
  const uri = textMember(value, 'uri');
  switch (endpoint.method) {
    case 'GET':
      if (type === undefined) throw new Refusal(406, `available as ${[JSON_TYPE, ...endpoint.media].join(', ')}`);
      return answerText({ type, text: JSON.stringify(value), etag: etagAt(endpoint.path, value) }, request, reply);
    case 'POST': {
      if (uri !== undefined) void reply.code(201).header('location', uri);
      const key = textMember(value, 'key');
      if (endpoint.path === '/login' && key !== undefined) {
        const expires = textMember(value, 'expires') ?? '';
        void reply.header('set-cookie', sessionCookie(request, key, expires));
      }
      // Existing clients send no Accept here and fetch the Location; whoever asks gets the object.
      if (uri !== undefined && endpoint.compound !== true && (accept === undefined || type === undefined)) {
        return reply.send();
      }
      return sendJson(reply, type ?? JSON_TYPE, value);
    }
    case 'PUT':
      if (endpoint.compound === true) return sendJson(reply, type ?? JSON_TYPE, value);
      return answerChanged(type, value, request, reply);
    case 'DELETE':
      return reply.code(204).send();
  }
}

/** Settings are text; a copy of them that somebody kept is none. */
function answerSettings(
  endpoint: Endpoint,
  value: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const accepted = negotiate(request.headers.accept, endpoint.media);
  const type = accepted === JSON_TYPE ? JSON_TYPE : `${TEXT_TYPE}; charset=utf-8`;
  const text = typeof value === 'string' ? value : '';
  void reply.header('cache-control', 'no-cache, no-store, must-revalidate');
  if (endpoint.method === 'DELETE') return reply.code(200).send();
  if (endpoint.method !== 'GET') return sendText(reply, type, text);
  if (accepted === undefined) throw new Refusal(406, `available as ${[...endpoint.media, JSON_TYPE].join(', ')}`);
  return answerText({ type, text, etag: etagAt(endpoint.path, value) }, request, reply);
}

export function sessionCookie({ protocol }: FastifyRequest, key: string, expires: string): string {
  const safely = protocol === 'https' ? '; Secure' : '';
  return `sessionId=${key}; Expires=${expires}; Path=/; HttpOnly; SameSite=Strict${safely}`;
}

/** 200 with the object for whoever asks for one, 204 for others. */
export function answerChanged(
  type: string | undefined,
  value: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (request.headers.accept === undefined || type === undefined) return reply.code(204).send();
  return sendJson(reply, type, value);
}

type Text = { readonly type: string; readonly text: string; readonly etag?: string };

export function answerText(
  { type, text, etag = etagOfText(text) }: Text,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  void reply.header('etag', etag).header('vary', 'accept');
  const known = request.headers['if-none-match'];
  checkTags('If-None-Match', known);
  if (known !== undefined && !ifNoneMatch(known, etag)) return reply.code(304).send();
  return sendText(reply, type, text);
}

export function sendJson(reply: FastifyReply, type: string, value: unknown): FastifyReply {
  return sendText(reply, type, JSON.stringify(value));
}

/** As octets: for text the framework rewrites the type, which clients compare letter by letter. */
export function sendText(reply: FastifyReply, type: string, text: string): FastifyReply {
  return reply.header('content-type', type).send(Buffer.from(text));
}

function textMember(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
