/**
 * What is recorded while things crash: one JSON line each. Times are milliseconds of the one monotonic
 * clock of the process that asks. Objects are bridges; their names are the values that are written, no
 * value twice.
 */
export type Asked =
  /** The server chooses the id; the name is asked for once only. */
  | { readonly kind: 'create'; readonly value: string }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'write'; readonly id: string; readonly value: string }
  /** Compare and set: only while the name is `from`, as the ETag says. */
  | { readonly kind: 'cas'; readonly id: string; readonly from: string; readonly value: string }
  | { readonly kind: 'read'; readonly id: string }
  /** Every object of the group gets the value, and an object of this id is made with it: one transaction. */
  | {
      readonly kind: 'batch';
      readonly ids: readonly string[];
      readonly added: string;
      readonly value: string;
      /** When set, only while the name of the first is this. */
      readonly from?: string | undefined;
    }
  /** The objects of a group as they were at a revision that a watcher has heard of. */
  | { readonly kind: 'lookBack'; readonly ids: readonly string[]; readonly revision: number };

export type Told =
  /** `values`: names by id, of what was read or made. */
  | { readonly kind: 'ok'; readonly values: Readonly<Record<string, string>> }
  /** Not done, for certain. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  /** Done or not, then or later, once at most. */
  | { readonly kind: 'unknown'; readonly why: string };

export type Call = {
  readonly kind: 'call';
  readonly client: number;
  readonly asked: Asked;
  readonly start: number;
  readonly end: number;
  readonly told: Told;
};

/** Key, JSON text or null for what was deleted. */
export type Item = readonly [key: string, value: string | null];

export type News = {
  readonly kind: 'news';
  readonly watcher: number;
  readonly of: 'snapshot' | 'delta';
  readonly revision: number;
  readonly items: readonly Item[];
};

/** One revision of the store, as it tells of it afterwards. */
export type Logged = {
  readonly kind: 'log';
  readonly revision: number;
  readonly at: number;
  readonly user: string;
  readonly changes: readonly (readonly [key: string, value: string | null, lease: string | null])[];
};

/** All keys and values of the store at the end, read by somebody who was not there before. */
export type Final = { readonly kind: 'final'; readonly revision: number; readonly items: readonly Item[] };

/** What one controller lists at the end: names of bridges by id. */
export type View = {
  readonly kind: 'view';
  readonly controller: string;
  readonly values: Readonly<Record<string, string>>;
};

/** A host that takes a block of NAT ports for its own from `start` on, until it lets go of it at `end`. */
export type Held = {
  readonly kind: 'held';
  readonly host: string;
  readonly block: string;
  readonly generation: number;
  readonly start: number;
  readonly end: number;
};

export type HistoryLine = Call | News | Logged | Final | View | Held;

export type History = {
  readonly calls: readonly Call[];
  readonly news: readonly News[];
  readonly log: readonly Logged[];
  readonly final: Final;
  readonly views: readonly View[];
  readonly held: readonly Held[];
};

export function historyOf(lines: readonly HistoryLine[]): History {
  const of = <K extends HistoryLine['kind']>(kind: K) =>
    lines.filter((line): line is Extract<HistoryLine, { kind: K }> => line.kind === kind);
  const final = of('final').at(-1);
  if (final === undefined) throw new Error('the record has no end');
  const log = of('log').toSorted((a, b) => a.revision - b.revision);
  return { calls: of('call'), news: of('news'), log, final, views: of('view'), held: of('held') };
}
