import type { StoreEntry } from '@midonet/store';
import { QUOTA_KINDS } from '@midonet/contract';

/** From one version of what is stored to the next. */
export type SchemaStep = {
  /** The version that it makes of the one before. */
  readonly to: number;
  /** For the log. */
  readonly what: string;
  /** Which entries it looks at. */
  readonly prefix: string;
  /** What becomes of one of them; each is asked for once. Pure. */
  rewrite(entry: StoreEntry): Rewritten;
};

export type Rewritten = 'keep' | 'delete' | { readonly value: string };

/**
 * All steps there ever were, in order: a store of any age is brought up to date by those that it lacks.
 * Add one whenever a program that is not told would misread what is stored, or the other way round.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    to: 2,
    what: 'counts of tenants that lack kinds with a quota of their own are dropped, to be made anew',
    prefix: 'access/usage/',
    rewrite: ({ value }) => (countsAll(value) ? 'keep' : 'delete'),
  },
];

function countsAll(text: string): boolean {
  const usage: unknown = JSON.parse(text);
  const used: unknown = typeof usage === 'object' && usage !== null ? Reflect.get(usage, 'used') : undefined;
  return typeof used === 'object' && used !== null && QUOTA_KINDS.every((kind) => Number(Reflect.get(used, kind)) >= 0);
}
