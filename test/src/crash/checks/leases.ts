import type { Held, History, Logged } from '../history.ts';

const BLOCK = 'natBlock/';
/** Rows that only the first who claims them may have, until they are gone. */
const CLAIM = 'healthChecker/';

/**
 * No two hosts take a block of ports for their own at the same time, and in the store no row passes
 * from one host to another while the first one's lease of it goes on. A lease that has ended stays so.
 */
export function checkLeases({ held, log }: Pick<History, 'held' | 'log'>): string[] {
  return [...checkHeld(held), ...checkRows(log), ...checkEnded(log)];
}

function checkHeld(held: readonly Held[]): string[] {
  const wrong: string[] = [];
  for (const [block, spans] of Map.groupBy(held, (one) => one.block)) {
    const sorted = spans.toSorted((a, b) => a.start - b.start);
    let last: Held | undefined;
    for (const span of sorted) {
      if (last !== undefined && last.host !== span.host && span.start < last.end) {
        const when = `${span.start.toFixed(1)} to ${Math.min(last.end, span.end).toFixed(1)} ms`;
        wrong.push(`block ${block} was ${last.host}'s and ${span.host}'s from ${when}`);
      }
      if (last === undefined || span.end > last.end) last = span;
    }
  }
  return wrong;
}

type Owner = { readonly hostId: string; readonly until: number };

function checkRows(log: readonly Logged[]): string[] {
  const wrong: string[] = [];
  const owners = new Map<string, Owner>();
  for (const { revision, at, changes } of log) {
    for (const [key, value] of changes) {
      if (!key.startsWith(BLOCK) && !key.startsWith(CLAIM)) continue;
      if (value === null) {
        owners.delete(key);
        continue;
      }
      const row = ownerIn(value);
      const before = owners.get(key);
      if (before !== undefined && before.hostId !== row.hostId && at < before.until) {
        wrong.push(`revision ${revision} gives ${key} to ${row.hostId}, and it is ${before.hostId}'s`);
      }
      owners.set(key, row);
    }
  }
  return wrong;
}

/** A claim has no end of its own. */
function ownerIn(value: string): Owner {
  const row = JSON.parse(value) as { readonly hostId: string; readonly until?: number };
  return { hostId: row.hostId, until: row.until ?? Infinity };
}

/** The author of what the store does by itself: it takes the rows of a lease away when that ends. */
const SYSTEM = 'system';

function checkEnded(log: readonly Logged[]): string[] {
  const wrong: string[] = [];
  const leaseOf = new Map<string, string>();
  const ended = new Map<string, number>();
  for (const { revision, user, changes } of log) {
    for (const [key, value, lease] of changes) {
      const before = leaseOf.get(key);
      if (value === null && before !== undefined && user === SYSTEM) ended.set(before, revision);
      if (lease === null) leaseOf.delete(key);
      else leaseOf.set(key, lease);
      const end = lease === null ? undefined : ended.get(lease);
      if (end !== undefined) wrong.push(`revision ${revision} hangs ${key} on ${lease}, which ended at ${end}`);
    }
  }
  return wrong;
}
