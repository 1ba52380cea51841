import type { History, Item, News } from '../history.ts';

const WATCHED = 'bridge/';

/**
 * What each watcher was told is what the store did: from the revision of its snapshot on every change,
 * in order, none twice. Another snapshot may come in between (too slow, or away for too long), as long
 * as it is of a later time. In the end everything has arrived.
 */
export function checkWatchers({ news, log }: Pick<History, 'news' | 'log'>): string[] {
  const events = log
    .map(({ revision, changes }) => ({
      revision,
      items: changes.filter(([key]) => key.startsWith(WATCHED)).map(([key, value]): Item => [key, value]),
    }))
    .filter(({ items }) => items.length > 0);
  const watchers = Map.groupBy(news, ({ watcher }) => watcher);
  return [...watchers].flatMap(([watcher, told]) =>
    checkOne(told, events).map((wrong) => `watcher ${watcher}: ${wrong}`),
  );
}

type Event = { readonly revision: number; readonly items: readonly Item[] };

/** The first thing that is wrong; what comes behind it would only repeat it. */
function checkOne(told: readonly News[], events: readonly Event[]): string[] {
  const state = new Map<string, string>();
  let reached = -1;
  let next = 0;
  for (const { of, revision, items } of told) {
    if (of === 'snapshot') {
      if (revision < reached) return [`a snapshot of revision ${revision} after revision ${reached}`];
      while ((events[next]?.revision ?? Infinity) <= revision) apply(state, events[next++]?.items ?? []);
      const wrong = differences(state, new Map(items));
      if (wrong !== undefined) return [`the snapshot of revision ${revision} has ${wrong}`];
    } else {
      const event = events[next++];
      if (event?.revision !== revision) {
        return [`revision ${revision} was told where ${event?.revision ?? 'nothing'} comes next, after ${reached}`];
      }
      const wrong = differences(new Map(event.items), new Map(items));
      if (wrong !== undefined) return [`revision ${revision} was told with ${wrong}`];
      apply(state, event.items);
    }
    reached = revision;
  }
  const missing = events[next];
  return missing === undefined ? [] : [`never heard of revision ${missing.revision}, the last was ${reached}`];
}

function apply(state: Map<string, string>, items: readonly Item[]): void {
  for (const [key, value] of items) {
    if (value === null) state.delete(key);
    else state.set(key, value);
  }
}

function differences(
  wanted: ReadonlyMap<string, string | null>,
  told: ReadonlyMap<string, string | null>,
): string | undefined {
  for (const [key, value] of wanted) {
    if (told.get(key) !== value) return `${key} as ${told.get(key) ?? 'nothing'}, not ${value ?? 'nothing'}`;
  }
  for (const key of told.keys()) if (!wanted.has(key)) return `${key}, which does not belong there`;
  return undefined;
}
