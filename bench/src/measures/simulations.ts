import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Series } from '../measure.ts';

const WORKER = fileURLToPath(new URL('../simulation-worker.ts', import.meta.url));

type Figures = { readonly p50Micros: number; readonly p99Micros: number; readonly perSecond: number };

/** Warm simulations through bridge, router, bridge on one core; each round in a process of its own. */
export function measureSimulations(rounds: number): readonly Series[] {
  const figures = Array.from({ length: rounds }, (): Figures => {
    const ran = spawnSync(process.execPath, [WORKER], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`the simulation bench failed: ${ran.stderr}`);
    return JSON.parse(ran.stdout) as Figures;
  });
  const series = (name: string, unit: string, pick: (one: Figures) => number): Series => ({
    name,
    unit,
    rounds: new Map([['midonet', figures.map(pick)]]),
  });
  return [
    series('simulations', 'simulations/s', ({ perSecond }) => perSecond),
    series('simulation_p50', 'us', ({ p50Micros }) => p50Micros),
    series('simulation_p99', 'us', ({ p99Micros }) => p99Micros),
  ];
}
