import { type Budget, type Measure, type Series } from './measure.ts';
import type { Site, System } from './system.ts';

export type Progress = (line: string) => void;

/**
 * Sets up all systems, then goes round: each measure on each system, as many times as the budget
 * has rounds, so that what disturbs the machine disturbs all of them. A sample that fails is told
 * and left out; the systems are taken down whatever happens.
 */
export async function runRounds(
  systems: readonly System[],
  measures: readonly Measure[],
  budget: Budget,
  progress: Progress,
): Promise<{ readonly series: readonly Series[]; readonly failures: number }> {
  const all = measures.flatMap((measure) =>
    Object.entries(measure.yields).map(([name, unit]): Series => ({ name, unit, rounds: new Map() })),
  );
  const sites: { readonly system: System; readonly site: Site }[] = [];
  let failures = 0;
  try {
    for (const system of measures.length === 0 ? [] : systems) {
      progress(`setting up ${system.name}`);
      sites.push({ system, site: await system.setup() });
    }
    for (let round = 1; round <= budget.rounds; round++) {
      for (const measure of measures) {
        for (const { system, site } of sites.filter((one) => measure.applies(one.system, one.site))) {
          try {
            const sample = await measure.run(site, system, budget);
            for (const [name, value] of Object.entries(sample)) {
              const rounds = all.find((series) => series.name === name)?.rounds;
              rounds?.set(system.name, [...(rounds.get(system.name) ?? []), value]);
            }
            const values = Object.entries(sample).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
            progress(`round ${round}/${budget.rounds}  ${system.name.padEnd(18)}  ${values.join('  ')}`);
          } catch (error) {
            failures++;
            progress(`round ${round}/${budget.rounds}  ${system.name}  ${measure.name} FAILED: ${String(error)}`);
          }
        }
      }
    }
    for (const { system } of sites) {
      for (const [process, mebibytes] of Object.entries(system.memory?.() ?? {})) {
        all.push({ name: `memory_${process}`, unit: 'MiB', rounds: new Map([[system.name, [mebibytes]]]) });
      }
    }
  } finally {
    for (const system of [...systems].reverse()) await system.teardown();
  }
  return { series: all, failures };
}
