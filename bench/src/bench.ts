import { type Budget, type Measure, type Series } from './measure.ts';
import type { Site, System, SystemName } from './system.ts';

export type Progress = (line: string) => void;

export type Circumstances = {
  readonly unavailable?: ReadonlyMap<SystemName, string>;
  readonly stop?: AbortSignal;
};

type Place = { readonly system: System; readonly site: Site };

/**
 * Sets up all systems, then goes round: each measure on each system, as many times as the budget
 * has rounds, so that what disturbs the machine disturbs all of them. A sample that fails is told
 * and left out; the systems are taken down whatever happens. Each series says of every system without
 * a value why it has none; `unavailable` are those that cannot run here at all.
 */
export async function runRounds(
  systems: readonly System[],
  measures: readonly Measure[],
  budget: Budget,
  progress: Progress,
  { unavailable = new Map<SystemName, string>(), stop }: Circumstances = {},
): Promise<{ readonly series: readonly Series[]; readonly failures: number }> {
  const ofMeasure = new Map(measures.map((measure) => [measure, seriesOf(measure, unavailable)]));
  const memory: Series[] = [];
  const places: Place[] = [];
  let failures = 0;
  const take = async (measure: Measure, when: string, order: readonly Place[] = places): Promise<void> => {
    const series = ofMeasure.get(measure) ?? [];
    for (const { system, site } of order) {
      stop?.throwIfAborted();
      const skipped = system.streamsOnly === true && !/^tcp_stream_\d/.test(measure.name);
      const why = skipped ? 'only its throughput is different' : measure.absent(system, site);
      if (why !== undefined) {
        lacks(series, system.name, () => why);
        continue;
      }
      try {
        const sample = await measure.run(site, system, budget);
        for (const { name, rounds } of series) {
          const value = sample[name];
          if (value !== undefined) rounds.set(system.name, [...(rounds.get(system.name) ?? []), value]);
        }
        lacks(series, system.name, (name) => measure.without?.[name] ?? 'not measured');
        const values = Object.entries(sample).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
        progress(`${when}  ${system.name.padEnd(22)}  ${values.join('  ')}`);
      } catch (error) {
        stop?.throwIfAborted();
        failures++;
        lacks(series, system.name, () => `failed: ${firstLine(error)}`);
        progress(`${when}  ${system.name}  ${measure.name} FAILED: ${String(error)}`);
      }
    }
  };
  try {
    for (const system of measures.length === 0 ? [] : systems) {
      stop?.throwIfAborted();
      progress(`setting up ${system.name}`);
      places.push({ system, site: await system.setup() });
    }
    const [once, repeated] = [measures.filter((one) => one.once), measures.filter((one) => !one.once)];
    for (let round = 1; round <= budget.rounds; round++) {
      // There and back: what slows the machine down little by little does so for all alike.
      const order = round % 2 === 1 ? places : places.toReversed();
      for (const measure of repeated) await take(measure, `round ${round}/${budget.rounds}`, order);
    }
    for (const { system } of places) {
      for (const [process, mebibytes] of Object.entries(system.memory?.() ?? {})) {
        memory.push({ name: `memory_${process}`, unit: 'MiB', rounds: new Map([[system.name, [mebibytes]]]) });
      }
    }
    for (const measure of once) await take(measure, 'once');
  } finally {
    for (const system of [...systems].reverse()) await system.teardown();
  }
  return { series: [...[...ofMeasure.values()].flat(), ...memory], failures };
}

function seriesOf(measure: Measure, unavailable: ReadonlyMap<SystemName, string>): readonly Required<Series>[] {
  return Object.entries(measure.yields).map(([name, unit]) => ({
    name,
    unit,
    rounds: new Map<SystemName, number[]>(),
    absent: new Map(unavailable),
  }));
}

/** Notes why a system has no value, where it has none from any round. */
function lacks(series: readonly Required<Series>[], system: SystemName, why: (name: string) => string): void {
  for (const { name, rounds, absent } of series) {
    if (rounds.has(system)) absent.delete(system);
    else absent.set(system, why(name));
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
