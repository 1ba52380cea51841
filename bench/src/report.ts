import { COMPARISONS, type Comparison } from './comparisons.ts';
import { median, type Series } from './measure.ts';
import type { SystemName } from './system.ts';

/** Values that the project holds itself to as they are; a gigabyte is 953 MiB. Some only when another value is this high. */
type Bound = { readonly measure: string; readonly goal: string; readonly when?: readonly [string, number] };

const BOUNDS: readonly Bound[] = [
  { measure: 'connections_1m', goal: '≤ 953' },
  { measure: 'conn_held_process', goal: '≤ 953', when: ['conn_held', 1_000_000] },
];

/** How many times the value of another, the middle of the rounds, and the rounds. */
type Ratio = Comparison & { readonly ratio: number; readonly rounds: readonly number[] };

export type Report = {
  readonly measures: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: Readonly<Record<string, number>>;
    readonly rounds: Readonly<Record<string, readonly number[]>>;
    /** Why a system has no value. */
    readonly absent: Readonly<Record<string, string>>;
  }[];
  readonly ratios: readonly Ratio[];
};

/** `subject` is the system compared. */
export function reportOf(series: readonly Series[], subject: SystemName): Report {
  return {
    ratios: COMPARISONS.flatMap((comparison) => ratioOf(series, subject, comparison)),
    measures: series
      .filter(({ rounds, absent }) => rounds.size > 0 || (absent?.size ?? 0) > 0)
      .map(({ name, unit, rounds, absent }) => ({
        name,
        unit,
        values: Object.fromEntries([...rounds].map(([system, values]) => [system, significant(median(values))])),
        rounds: Object.fromEntries([...rounds].map(([system, values]) => [system, values.map(significant)])),
        absent: Object.fromEntries(absent ?? []),
      })),
  };
}

/**
 * Rounds are compared with those next to them in time, as this machine has slow minutes, and what counts is the
 * middle of these ratios. Where one side lacks a round that failed, medians are compared.
 */
function ratioOf(series: readonly Series[], subject: SystemName, comparison: Comparison): readonly Ratio[] {
  const { measure, of = subject, over, than = measure } = comparison;
  const roundsOf = (name: string, system: SystemName): readonly number[] =>
    series.find((one) => one.name === name)?.rounds.get(system) ?? [];
  const [own, other] = [roundsOf(measure, of), roundsOf(than, over)];
  if (own.length === 0 || other.length === 0) return [];
  const rounds =
    own.length === other.length
      ? own.map((value, index) => value / (other[index] ?? NaN))
      : [median(own) / median(other)];
  return [{ ...comparison, ratio: significant(median(rounds)), rounds: rounds.map(significant) }];
}

/** Medians with the rounds beside them, then the ratios. `subject` is the system compared. */
export function printReport(report: Report, subject: SystemName, write: (line: string) => void): void {
  for (const { name, unit, values, rounds, absent } of report.measures) {
    write(`\n${name} (${unit})`);
    for (const [system, value] of Object.entries(values)) {
      write(
        `  ${system.padEnd(23)} ${text(value).padStart(10)}   rounds: ${(rounds[system] ?? []).map(text).join('  ')}`,
      );
    }
    for (const [system, why] of Object.entries(absent)) {
      write(`  ${system.padEnd(23)} ${'-'.padStart(10)}   ${why}`);
    }
  }
  const value = (measure: string, system: string): number | undefined =>
    report.measures.find(({ name }) => name === measure)?.values[system];
  if (report.ratios.length > 0) {
    const heading = ['median of the ratios'.padEnd(22), `${subject} over`.padEnd(22), 'ratio'.padStart(7)].join(' ');
    write(`\n${heading}   ${'rounds'.padEnd(11)}   goal`);
  }
  for (const { measure, of = subject, over, than, goal, ratio, rounds } of report.ratios) {
    const beside = than === undefined ? over : `its ${than}`;
    const what = of === subject ? measure : `${measure} ${of.replace(`${subject}_`, '')}`;
    const spread = `${Math.min(...rounds).toFixed(2)}–${Math.max(...rounds).toFixed(2)}`;
    write(`${what.padEnd(22)} ${beside.padEnd(22)} ${ratio.toFixed(2).padStart(7)}   ${spread.padEnd(11)}   ${goal}`);
  }
  const bounds = BOUNDS.flatMap(({ measure, goal, when }) => {
    if (when !== undefined && (value(when[0], subject) ?? 0) < when[1]) return [];
    const own = report.measures.find(({ name }) => name === measure);
    const found = own?.values[subject];
    return found === undefined
      ? []
      : [`${measure.padEnd(22)} ${`${text(found)} ${own?.unit ?? ''}`.padEnd(30)}   ${goal}`];
  });
  if (bounds.length > 0) write(`\n${'value'.padEnd(22)} ${subject.padEnd(30)}   goal`);
  for (const line of bounds) write(line);
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}

function text(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(value);
}
