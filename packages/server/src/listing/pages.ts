import { badRequest } from '../http/problem.ts';
import { passes, type ListQuery } from './list-query.ts';
import { comparePlaces, placeOf, writeMarker, type Place } from './marker.ts';
import { filtered, Scan } from './scan.ts';

/** What a list answers: all that is wanted, as it is found; and the marker of the next page, once known. */
export type Page = { readonly items: AsyncIterable<unknown>; readonly next: string | undefined };

/** A list that is sorted as a whole has so many objects at most. */
const MOST_SORTED = 10_000;

type Placed = { readonly value: unknown; readonly place: Place };

/** Filters, sorts and cuts what a handler answered. Memory goes with the page, not with the list. */
export async function pageOf(list: readonly unknown[] | Scan<unknown>, query: ListQuery): Promise<Page> {
  const { filters, sort, limit, marker } = query;
  // A scan is in the order of the ids already, and can begin behind one.
  const inOrder = list instanceof Scan && sort.length === 0;
  const after = inOrder && marker !== undefined ? String(marker.place.at(-1)) : undefined;
  if (limit === undefined && sort.length === 0 && (marker === undefined || inOrder)) {
    return { items: filtered(valuesOf(list, after), (value) => passes(filters, value)), next: undefined };
  }
  const kept: Placed[] = [];
  const most = limit === undefined ? MOST_SORTED : limit + 1;
  for await (const value of valuesOf(list, after)) {
    if (!passes(filters, value)) continue;
    const place = placeOf(sort, value);
    if (marker !== undefined && comparePlaces(sort, place, marker.place) <= 0) continue;
    kept.push({ value, place });
    if (limit === undefined && kept.length > MOST_SORTED) throw tooMany();
    if (inOrder && kept.length === most && limit !== undefined) break;
    if (limit !== undefined && kept.length >= 2 * most) keepFirst(kept, query, most);
  }
  keepFirst(kept, query, most);
  const page = limit === undefined ? kept : kept.slice(0, limit);
  const last = page.at(-1);
  const next = last === undefined || page.length === kept.length ? undefined : writeMarker(sort, last.place);
  return {
    items: valuesOf(
      page.map(({ value }) => value),
      undefined,
    ),
    next,
  };
}

function keepFirst(kept: Placed[], { sort }: ListQuery, most: number): void {
  kept.sort((a, b) => comparePlaces(sort, a.place, b.place));
  kept.splice(most);
}

async function* valuesOf(list: readonly unknown[] | Scan<unknown>, after: string | undefined): AsyncGenerator {
  yield* list instanceof Scan ? list.from(after) : list;
}

function tooMany(): Error {
  const message = `more than ${MOST_SORTED} objects are to be sorted: give limit, and page by marker`;
  return badRequest([{ property: 'sort', message }]);
}
