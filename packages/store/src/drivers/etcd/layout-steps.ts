/** From one layout of what is in etcd to the next. */
export type LayoutStep = {
  /** The layout that it makes of the one before. */
  readonly to: number;
  /** For whoever reads this list. */
  readonly what: string;
  /**
   * Which keys it looks at. No sessions: they hang on leases of etcd. What it makes anew goes below another
   * folder than this one, or it would look at it again.
   */
  readonly folder: 'data/' | 'log/' | 'lease/';
  /** What becomes of one of them, with its name below the store's prefix; each is asked for once. Pure. */
  rewrite(name: string, value: Buffer): RewrittenKey;
};

export type RewrittenKey =
  | 'keep'
  | 'delete'
  /** `name` where the key moves, too. */
  | { readonly name?: string | undefined; readonly value: Buffer };

/** The layout of a store that no step was taken in. */
export const FIRST_LAYOUT = 1;

/**
 * All steps there ever were, in order: a store of any age is brought up to date by those that it lacks.
 * Add one whenever layout.ts or record.ts changes in a way that a program of before would misread.
 */
export const LAYOUT_STEPS: readonly LayoutStep[] = [];
