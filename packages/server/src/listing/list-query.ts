import {
  LIST_PARAMETERS,
  listFields,
  MOST_IN_PAGE,
  pagesItself,
  underscored,
  type Endpoint,
  type ScalarType,
} from '@midonet/contract';
import { badRequest } from '../http/problem.ts';
import { isScalar, readMarker, type Marker } from './marker.ts';

export type SortKey = { readonly field: string; readonly descending: boolean };
export type Filter = { readonly field: string; readonly values: readonly string[] };

/** What a request asks of a list beyond what its handler knows. */
export type ListQuery = {
  readonly filters: readonly Filter[];
  readonly sort: readonly SortKey[];
  readonly limit: number | undefined;
  readonly marker: Marker | undefined;
  /** For the handler: its own filters. */
  readonly own: Readonly<Record<string, string>>;
};

/** What a list can be asked. */
export type ListShape = {
  readonly fields: ReadonlyMap<string, ScalarType>;
  readonly names: ReadonlyMap<string, string>;
  readonly endpoint: Endpoint;
};

/** Undefined for what is no list. */
export function listShape(endpoint: Endpoint): ListShape | undefined {
  const fields = listFields(endpoint);
  if (fields === undefined) return undefined;
  const names = new Map(
    [...fields.keys()].flatMap((field) => [field, underscored(field)].map((name) => [name, field])),
  );
  return { fields, names, endpoint };
}

/** Values of one parameter at most. */
const MOST_VALUES = 100;

/** Reads the query of a list. Throws 400 that names what it does not know. */
export function readListQuery(shape: ListShape, query: unknown): ListQuery {
  const { endpoint, names, fields } = shape;
  const own: Record<string, string> = {};
  const filters: Filter[] = [];
  const paging: Partial<Record<string, string>> = {};
  const its = pagesItself(endpoint);
  for (const [name, values] of parametersOf(query)) {
    const [value = ''] = values;
    const field = names.get(name);
    const pages = !its && LIST_PARAMETERS.some((one) => one === name);
    if (name === 'at') continue;
    if (values.length > MOST_VALUES) throw bad(name, `must be given at most ${MOST_VALUES} times`);
    if (pages) paging[name] = value;
    if (values.length === 1 && endpoint.query.includes(name)) own[name] = value;
    else if (field !== undefined && !pages) filters.push({ field, values: checked(name, values, fields.get(field)) });
    // MidoNet's clients ask this of lists whose objects have no tenant.
    else if (!pages && name !== 'tenant_id') throw unknown(name, shape);
  }
  const { limit, marker, sort } = paging;
  const paged = limit !== undefined || marker !== undefined;
  const order = sort ?? (paged && fields.has('position') ? 'position' : undefined);
  const keys = order === undefined ? [] : order.split(',').map((text) => sortKey(text, shape));
  return {
    ...{ filters, own, sort: keys },
    limit: limit === undefined ? undefined : limitOf(limit),
    marker: marker === undefined ? undefined : readMarker(marker, keys),
  };
}

/** Whether an object is wanted. No value and empty text are the same. */
export function passes(filters: readonly Filter[], value: unknown): boolean {
  return filters.every(({ field, values }) => {
    const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
    return values.includes(isScalar(member) && member !== null ? `${member}` : '');
  });
}

function limitOf(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= MOST_IN_PAGE) return limit;
  throw bad('limit', `must be 1 to ${MOST_IN_PAGE}`);
}

function sortKey(text: string, { names, fields }: ListShape): SortKey {
  const field = names.get(text.replace(/^-/, ''));
  if (field !== undefined) return { field, descending: text.startsWith('-') };
  throw bad(
    'sort',
    `must name fields with commas between, - before one turns it round: ${[...fields.keys()].join(', ')}`,
  );
}

function checked(name: string, values: readonly string[], type: ScalarType | undefined): readonly string[] {
  return values.map((value) => {
    if (value === '' || type === 'string') return value;
    if (type === 'boolean') {
      if (value === 'true' || value === 'false') return value;
      throw bad(name, 'must be true or false');
    }
    if (Number.isFinite(Number(value))) return String(Number(value));
    throw bad(name, 'must be a number');
  });
}

function unknown(name: string, { fields, endpoint }: ListShape): Error {
  const paging = pagesItself(endpoint) ? [] : LIST_PARAMETERS;
  const known = [...new Set([...paging, ...endpoint.query, ...fields.keys()])].join(', ');
  return bad(name.slice(0, 64), `is nothing to filter this list by; there are ${known}`);
}

function bad(property: string, message: string): Error {
  return badRequest([{ property, message }]);
}

function parametersOf(query: unknown): [string, string[]][] {
  if (typeof query !== 'object' || query === null) return [];
  return Object.entries(query).map(([name, value]: [string, unknown]) => [name, [value].flat().map(String)]);
}
