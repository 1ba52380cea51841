export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Reads the totals that `node --test` prints at the end (spec reporter). Undefined when it printed
 * none, which means that it did not finish.
 */
export function parseTestCounts(output: string): TestCounts | undefined {
  const total = (name: string): number | undefined => {
    const found = [...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, 'gm'))].at(-1)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [passed, failed, cancelled, skipped] = [total('pass'), total('fail'), total('cancelled'), total('skipped')];
  if (passed === undefined || failed === undefined || cancelled === undefined) return undefined;
  return { passed, failed: failed + cancelled, skipped: skipped ?? 0 };
}

/** The part of the output that tells about failures: from the last "failing tests" heading on. */
export function failingPart(output: string): string {
  const at = output.lastIndexOf('✖ failing tests:');
  return at < 0 ? output : output.slice(at);
}

/**
 * Files that pass, as one test or as a suite, without having run a test of their own: they have none,
 * or the process ended with 0 before it came to them.
 */
export function filesWithoutTests(output: string): readonly string[] {
  const passed = [...output.matchAll(/^✔ (\S+\.test\.m?ts) \([\d.]+ms\)$/gm)].map(([, file]) => file ?? '');
  return passed.filter((file) => !output.includes(`▶ ${file}\n`));
}
