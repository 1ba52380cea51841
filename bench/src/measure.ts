import type { Site, System, SystemName } from './system.ts';

export type Budget = {
  /** Seconds one measurement of one system lasts. */
  readonly seconds: number;
  readonly rounds: number;
  /** Flows sent one by one for the first-packet latency. */
  readonly firstPackets: number;
  /** Connections opened and left open, once. */
  readonly held: number;
};

/** What one run of a measure on one system gave, by measure name. */
export type Sample = Readonly<Record<string, number>>;

/** Something that is measured on a pair of VMs. */
export type Measure = {
  readonly name: string;
  /** Measured once and after all others, because of what it leaves behind. */
  readonly once?: true;
  /** The names it yields, with their units. */
  readonly yields: Readonly<Record<string, string>>;
  /** Why it is not measured on this system, undefined when it is. */
  absent(system: System, site: Site): string | undefined;
  /** Why a system on which it is measured may yield all but one of its names. */
  readonly without?: Readonly<Record<string, string>>;
  run(site: Site, system: System, budget: Budget): Promise<Sample>;
};

export type Series = {
  readonly name: string;
  readonly unit: string;
  readonly rounds: Map<SystemName, number[]>;
  /** Systems that have no value, and why. */
  readonly absent?: Map<SystemName, string>;
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
