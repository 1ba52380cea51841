import { takesMany } from '../batching.ts';
import { isText, type Endpoint } from '../endpoint.ts';
import type { NamedEndpoint } from '../endpoints.ts';
import { listFields } from '../listing.ts';
import { collectionOf } from '../media.ts';
import { MERGE_PATCH_TYPE, type Patchable } from '../patch.ts';
import { MOST_OBJECTS } from '../resources/batch.ts';
import { content, contentOf, patchSchema, schemaOf, type Json } from './json.ts';
import { pathParameters, readParameters } from './parameters.ts';
import { part } from './parts.ts';

const REFUSED = { default: part('responses', 'Refused') };
const CHANGED = { '412': part('responses', 'Changed') };

export function operation(named: NamedEndpoint): Json {
  const { group, operation: name, endpoint } = named;
  const { summary } = endpoint;
  const common = { operationId: `${group}.${name}`, tags: [group], summary, security: security(endpoint) };
  return { ...common, ...shape(named) };
}

function shape(named: NamedEndpoint): Json {
  const { endpoint } = named;
  const parameters = pathParameters(endpoint);
  const guarded = endpoint.permission === 'none' ? parameters : [...parameters, part('parameters', 'ifMatch')];
  const answer = content(endpoint.media, endpoint.response, 'output');
  switch (endpoint.method) {
    case 'GET':
      return { parameters: [...parameters, ...readParameters(endpoint)], responses: reading(endpoint, answer) };
    case 'POST': {
      if (isText(endpoint)) {
        const merged = { '200': { description: 'The settings as they are now', ...answer } };
        return {
          parameters: guarded,
          requestBody: oneBody(endpoint),
          responses: { ...merged, ...CHANGED, ...REFUSED },
        };
      }
      const headers = { Location: part('headers', 'Location') };
      const body = { requestBody: takesMany(named) ? manyBody(endpoint) : oneBody(endpoint) };
      const made = takesMany(named) ? manyAnswer(endpoint) : answer;
      const created = { description: 'Created; Location names it', headers, ...made };
      return { parameters: guarded, ...body, responses: { '201': created, ...CHANGED, ...REFUSED } };
    }
    case 'PUT': {
      const responses = { '200': { description: 'Changed', ...answer }, '204': { description: 'Changed' } };
      const body = { requestBody: oneBody(endpoint) };
      return { parameters: guarded, ...body, responses: { ...responses, ...CHANGED, ...REFUSED } };
    }
    case 'DELETE':
      return {
        parameters: guarded,
        responses: { [isText(endpoint) ? '200' : '204']: { description: 'Deleted' }, ...CHANGED, ...REFUSED },
      };
  }
}

/** The PATCH beside a PUT. */
export function patchOperation({ writing: { group, endpoint } }: Patchable): Json {
  const schema = endpoint.request === undefined ? {} : patchSchema(endpoint.request);
  const headers = { ETag: part('headers', 'ETag') };
  const changed = { description: 'Changed', headers, ...content(endpoint.media, endpoint.response, 'output') };
  return {
    ...{ operationId: `${group}.patch`, tags: [group], security: security(endpoint) },
    summary: `${endpoint.summary}: some members, by a merge patch (RFC 7396)`,
    parameters: [...pathParameters(endpoint), part('parameters', 'mustMatch')],
    requestBody: { required: true, ...contentOf([MERGE_PATCH_TYPE], schema) },
    responses: {
      ...{ '200': changed, '204': { description: 'Changed', headers } },
      ...{ ...CHANGED, '428': part('responses', 'MatchNeeded'), ...REFUSED },
    },
  };
}

function reading(endpoint: Endpoint, answer: Json): Json {
  const isList = listFields(endpoint) !== undefined;
  const headers = { ETag: part('headers', 'ETag'), ...(isList ? { Link: part('headers', 'Link') } : {}) };
  const found = { description: isList ? 'The list' : 'The object', headers, ...answer };
  return { '200': found, '304': part('responses', 'NotModified'), ...REFUSED };
}

function oneBody(endpoint: Endpoint): Json | undefined {
  if (endpoint.request === undefined) return undefined;
  const required = !endpoint.request.safeParse(undefined).success;
  return { required, ...content(endpoint.bodyMedia, endpoint.request, 'input') };
}

/** One object, or a list of them that are made all or none. */
function manyBody(endpoint: Endpoint): Json | undefined {
  if (endpoint.request === undefined) return undefined;
  const one = schemaOf(endpoint.request, 'input');
  const many = { type: 'array', minItems: 1, maxItems: MOST_OBJECTS, items: one };
  return { required: true, ...manyContent(endpoint.bodyMedia, one, many) };
}

function manyAnswer({ media, response }: Endpoint): Json {
  if (response === undefined) return {};
  const one = schemaOf(response, 'output');
  return manyContent(media, one, { type: 'array', items: one });
}

/** Plain JSON holds either, a vendor type its own. */
function manyContent(media: readonly string[], one: Json, many: Json): Json {
  const { content: either } = contentOf([], { anyOf: [one, many] });
  const single = media.map((type) => [type, { schema: one }] as const);
  const lists = media.map((type) => [collectionOf(type), { schema: many }] as const);
  return { content: { ...(either as Json), ...Object.fromEntries([...single, ...lists]) } };
}

function security({ permission, path }: Endpoint): Json[] {
  if (permission === 'none') return path === '/login' ? [{ basic: [] }] : [];
  return [{ token: [] }, { bearer: [] }, { session: [] }];
}
