import type { Call, History } from '../history.ts';
import { versionsOf, type Version } from './versions.ts';
import { print } from './writes.ts';

/** The revisions at which a call can have taken place, both included. */
type Window = { readonly call: Call; readonly first: number; readonly last: number; readonly end: number };

/**
 * The whole is strictly serializable, so each register is linearizable. The store's revisions are the
 * one order in question: a write is at its revision, a read anywhere while its value stood. Calls that
 * ended before another began must be placed before it. Placing each as early as it can go is enough,
 * for that leaves the most room to those behind it.
 */
export function checkOrder(history: Pick<History, 'calls' | 'log'>): string[] {
  const versions = versionsOf(history);
  const wrong: string[] = [];
  const windows: Window[] = [];
  for (const call of history.calls) {
    const window = windowOf(call, versions);
    if (typeof window === 'string') wrong.push(`${print(call)}: ${window}`);
    else if (window !== undefined) windows.push(window);
  }
  const starts = windows.toSorted((a, b) => a.call.start - b.call.start);
  const ends = windows.toSorted((a, b) => a.end - b.end);
  const placed = new Map<Window, number>();
  let floor = 0;
  let ended = 0;
  for (const window of starts) {
    for (let next = ends[ended]; next !== undefined && next.end < window.call.start; next = ends[++ended]) {
      floor = Math.max(floor, placed.get(next) ?? 0);
    }
    // Two writes are not at the same revision; a read may be right behind a write.
    const isWrite = window.first === window.last && window.call.asked.kind !== 'read';
    const place = Math.max(window.first, isWrite ? floor + 1 : floor);
    if (place > window.last) {
      wrong.push(
        `${print(window.call)} belongs to revision ${window.first} to ${window.last}, ` +
          `though revision ${floor} was known before it was asked`,
      );
    }
    placed.set(window, Math.min(place, window.last));
  }
  return wrong;
}

/** Text: what was told cannot be. Undefined: it was not done, or tells nothing of the order. */
function windowOf(call: Call, versions: ReadonlyMap<string, readonly Version[]>): Window | string | undefined {
  const { asked, told, end } = call;
  if (told.kind === 'refused') return undefined;
  // Whoever was not answered knows of nothing: only what it found before it counts.
  const until = told.kind === 'ok' ? end : Infinity;
  switch (asked.kind) {
    case 'read': {
      if (told.kind !== 'ok') return undefined;
      const list = versions.get(asked.id) ?? [];
      const value = told.values[asked.id];
      const at = list.findIndex((version) => version.value === value);
      const found = list[at];
      if (found === undefined) return `${value} was never its value`;
      return { call, first: found.revision, last: (list[at + 1]?.revision ?? Infinity) - 1, end: until };
    }
    case 'lookBack':
      return undefined;
    case 'create':
      return written(call, madeAs(versions, asked.value), until);
    case 'delete':
      return written(
        call,
        versions.get(asked.id)?.find(({ value }) => value === undefined),
        until,
      );
    case 'write':
      return written(
        call,
        versions.get(asked.id)?.find(({ value }) => value === asked.value),
        until,
      );
    case 'cas':
      return compared(call, versions.get(asked.id) ?? [], asked, until);
    case 'batch':
      return compared(call, versions.get(asked.ids[0] ?? '') ?? [], asked, until);
  }
}

function madeAs(versions: ReadonlyMap<string, readonly Version[]>, value: string): Version | undefined {
  for (const list of versions.values()) if (list[0]?.value === value) return list[0];
  return undefined;
}

function compared(
  call: Call,
  list: readonly Version[],
  { from, value }: { readonly from?: string | undefined; readonly value: string },
  end: number,
): ReturnType<typeof windowOf> {
  const at = list.findIndex((version) => version.value === value);
  const before = list[at - 1]?.value;
  if (at >= 0 && from !== undefined && before !== from)
    return `it was set to ${value} when it was ${before ?? 'nothing'}`;
  return written(call, list[at], end);
}

function written(call: Call, version: Version | undefined, end: number): ReturnType<typeof windowOf> {
  if (version === undefined) return undefined;
  return { call, first: version.revision, last: version.revision, end };
}
