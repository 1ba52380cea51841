import { MOST_IN_PAGE } from '../listing.ts';
import { problem } from '../problem.ts';
import { schemaOf, type Json } from './json.ts';

const text = { type: 'string' };
const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

const header = (name: string, description: string, required = false): Json => ({
  ...{ name, in: 'header', required, description },
  schema: text,
});
const query = (name: string, description: string, schema: Json = text): Json => ({
  ...{ name, in: 'query', required: false, description },
  schema,
});

const refusal = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: ref('schemas', 'Problem') } },
});

/** What many operations have in common, by the names that `parameter` and `response` refer to. */
export const COMPONENTS = {
  schemas: { Problem: schemaOf(problem, 'output') },
  parameters: {
    at: query('at', 'A revision, a time, or how long ago (10m): answers what was there then'),
    limit: query('limit', 'Objects of one page; Link names the next one', {
      ...{ type: 'integer', minimum: 1, maximum: MOST_IN_PAGE },
    }),
    marker: query('marker', 'Where a page ended, as its Link says'),
    sort: query('sort', 'Fields with commas between; - before one turns it round'),
    ifMatch: header('If-Match', 'ETag of the state that was seen, or *; another state is 412'),
    mustMatch: header('If-Match', 'ETag of the state that was seen, or * for any', true),
    ifNoneMatch: header('If-None-Match', 'ETag of what is known already'),
  },
  headers: {
    ETag: { description: 'Names this state of what is at the address', schema: text },
    Link: { description: '`<address>; rel="next"`: the page behind this one', schema: text },
    Location: { description: 'The address of what was made', schema: text },
  },
  responses: {
    Refused: refusal('Refused; violations name the fields'),
    NotModified: { description: 'It is as it was with that ETag' },
    Changed: refusal('It is not as If-Match says; nothing was done'),
    MatchNeeded: refusal('If-Match is needed'),
  },
  securitySchemes: {
    token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
    bearer: { type: 'http', scheme: 'bearer' },
    session: { type: 'apiKey', in: 'cookie', name: 'sessionId' },
    basic: { type: 'http', scheme: 'basic' },
  },
} as const;

type Kind = 'parameters' | 'headers' | 'responses';

export function part<K extends Kind>(kind: K, name: string & keyof (typeof COMPONENTS)[K]): Json {
  return ref(kind, name);
}
