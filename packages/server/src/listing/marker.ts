import { badRequest } from '../http/problem.ts';
import type { SortKey } from './list-query.ts';

/** The place of an object in a list: its sort values, then what names it. */
export type Place = readonly (string | number | boolean | null)[];

/** Where a page ended. It stays a place in the list, also when that object goes. */
export type Marker = { readonly sort: string; readonly place: Place };

const sortText = (keys: readonly SortKey[]): string =>
  keys.map(({ field, descending }) => `${descending ? '-' : ''}${field}`).join(',');

export function writeMarker(keys: readonly SortKey[], place: Place): string {
  return Buffer.from(JSON.stringify([sortText(keys), ...place])).toString('base64url');
}

/** Throws 400 for what was not made here, or for another order. */
export function readMarker(text: string, keys: readonly SortKey[]): Marker {
  const refuse = (message: string) => badRequest([{ property: 'marker', message }]);
  let parsed: unknown;
  try {
    parsed = text.length <= 4096 ? JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) : undefined;
  } catch {
    parsed = undefined;
  }
  const [sort, ...place] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  if (sort === undefined || place.length !== keys.length + 1 || !place.every(isScalar)) {
    throw sort === undefined || sort === sortText(keys)
      ? refuse('must be one that a page before gave in its Link header')
      : refuse(`is of a list sorted otherwise: give the same sort`);
  }
  if (sort !== sortText(keys)) throw refuse('is of a list sorted otherwise: give the same sort');
  return { sort, place };
}

export function placeOf(keys: readonly SortKey[], value: unknown): Place {
  const member = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const own = keys.map(({ field }) => member(field)).map((one) => (isScalar(one) ? one : null));
  return [...own, nameOf(member('id'), member('uri'), value)];
}

/** What names an object: its id, else the path of its URI, which is the same whatever host it was asked of. */
function nameOf(id: unknown, uri: unknown, value: unknown): string {
  if (typeof id === 'string') return id;
  if (typeof uri === 'string') return uri.replace(/^https?:\/\/[^/]+/, '');
  return JSON.stringify(value);
}

/** Nothing comes before something, numbers by size, text by its units. */
export function comparePlaces(keys: readonly SortKey[], a: Place, b: Place): number {
  for (let at = 0; at < a.length; at++) {
    const order = compare(a[at] ?? null, b[at] ?? null);
    if (order !== 0) return keys[at]?.descending === true ? -order : order;
  }
  return 0;
}

function compare(a: Place[number], b: Place[number]): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

export function isScalar(value: unknown): value is Place[number] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
