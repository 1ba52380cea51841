const FULL = process.env['MIDONET_TESTS'] === 'full';

/** How many cases to try: all in `./run test`, a third, or as many as said, where there is a minute for everything. */
export function runs(full: number, quick = Math.ceil(full / 3)): number {
  return FULL ? full : quick;
}

/**
 * The same for fast-check, from a seed that is told: `SEED=7 RUNS=1000000 node --test …` begins with a seed of choice
 * and goes on for hours.
 */
export function cases(
  context: { diagnostic(line: string): void },
  ...of: Parameters<typeof runs>
): { readonly numRuns: number; readonly seed: number } {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  const numRuns = Number(process.env['RUNS'] ?? runs(...of));
  context.diagnostic(`SEED=${seed} RUNS=${numRuns}`);
  return { numRuns, seed };
}
