import { looksBack, type Endpoint } from '../endpoint.ts';
import { LIST_PARAMETERS, listFields, pagesItself } from '../listing.ts';
import type { Json } from './json.ts';
import { part } from './parts.ts';

const text = { type: 'string' };

export function pathParameters({ path }: Endpoint): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text }));
}

/** A read's own filters, those of every list, and the past. */
export function readParameters(endpoint: Endpoint): Json[] {
  const own = endpoint.query.map((name) => ({ name, in: 'query', required: false, schema: text }));
  const fields = listFields(endpoint);
  const words = fields === undefined || pagesItself(endpoint) ? [] : LIST_PARAMETERS;
  const paging = words.map((one) => part('parameters', one));
  const filters = [...(fields ?? [])]
    // A member `limit` can be sorted by; asked for, the word is that of paging.
    .filter(([name]) => !endpoint.query.includes(name) && !words.some((word) => word === name))
    .map(([name, type]) => ({
      ...{ name, in: 'query', required: false, explode: true, style: 'form' },
      schema: { type: 'array', items: { type } },
    }));
  const past = looksBack(endpoint) ? [part('parameters', 'at')] : [];
  return [...own, ...paging, ...filters, ...past, part('parameters', 'ifNoneMatch')];
}
