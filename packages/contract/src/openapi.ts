import { z } from 'zod';
import { looksBack, type Endpoint, type Schema } from './endpoint.ts';
import { allEndpoints, type NamedEndpoint } from './endpoints.ts';
import { API_ROOT } from './links.ts';
import { JSON_TYPE } from './media.ts';
import { problem } from './problem.ts';

type Json = { [key: string]: unknown };

const SUCCESS = {
  GET: ['200', 'The object or list'],
  POST: ['201', 'Created; Location names it'],
  PUT: ['200', 'Changed'],
  DELETE: ['204', 'Deleted'],
} as const;

const AT = 'A revision or time (2026-01-31T12:00:00Z): the answer is as it was then. 410 when that is forgotten.';

/** The OpenAPI 3.1 document of all endpoints, generated from their definitions. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const named of allEndpoints()) {
    const path = `${API_ROOT}${named.endpoint.path}`;
    paths[path] = { ...paths[path], [named.endpoint.method.toLowerCase()]: operation(named) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'MidoNet API',
      version,
      description:
        'Virtual switches and routers. Vendor media types of MidoNet v5 are understood beside plain JSON; ' +
        'every object names itself and its children by absolute URIs.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'sessionId' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
  };
}

function operation({ group, operation: name, endpoint }: NamedEndpoint): Json {
  const [status, description] = SUCCESS[endpoint.method];
  const refused = {
    description: 'Refused',
    content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    operationId: `${group}.${name}`,
    tags: [group],
    summary: endpoint.summary,
    parameters: parameters(endpoint),
    ...(endpoint.request === undefined ? {} : { requestBody: requestBody(endpoint) }),
    responses: { [status]: { description, ...content(endpoint.media, endpoint.response, 'output') }, default: refused },
    security: security(endpoint),
  };
}

function security({ permission, path }: Endpoint): Json[] {
  if (permission === 'none') return path === '/login' ? [{ basic: [] }] : [];
  return [{ token: [] }, { bearer: [] }, { session: [] }];
}

function parameters(endpoint: Endpoint): Json[] {
  const text = { type: 'string' };
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: text,
  }));
  const inQuery = endpoint.query.map((name) => ({ name, in: 'query', required: false, schema: text }));
  const at = { name: 'at', in: 'query', required: false, schema: text, description: AT };
  return [...inPath, ...inQuery, ...(looksBack(endpoint) ? [at] : [])];
}

function requestBody(endpoint: Endpoint): Json {
  return { required: true, ...content(endpoint.bodyMedia, endpoint.request, 'input') };
}

function content(media: readonly string[], schema: Schema, io: 'input' | 'output'): Json {
  if (schema === undefined) return {};
  const body = { schema: schemaOf(schema, io) };
  return { content: Object.fromEntries([JSON_TYPE, ...media].map((type) => [type, body])) };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
