import type { Violation } from './plan.ts';

/** The violations of those checks that fail: [fails, property, message]. */
export function failing(...checks: readonly (readonly [boolean, string, string])[]): Violation[] {
  return checks.filter(([fails]) => fails).map(([, property, message]) => ({ property, message }));
}
