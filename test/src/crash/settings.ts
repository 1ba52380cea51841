/** `CRASH_SEED` repeats a run's choices, `CRASH_FAULTS` makes it longer (CONTRIBUTING.md). */
export const SEED = Number(process.env['CRASH_SEED'] ?? 20_261_128);

export function faultCount(usual: number): number {
  return Number(process.env['CRASH_FAULTS'] ?? usual);
}
