import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Series } from '../measure.ts';

const WORKER = fileURLToPath(new URL('../connections.ts', import.meta.url));

type Figures = { readonly bytesPerConnection: number; readonly mebibytes: number };

/** What a million tracked connections take in one agent's table; each round in a process of its own. */
export function measureConnections(rounds: number): readonly Series[] {
  const figures = Array.from({ length: rounds }, (): Figures => {
    const ran = spawnSync(process.execPath, [WORKER, '--memory'], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(`the table of connections failed: ${ran.stderr}`);
    return JSON.parse(ran.stdout) as Figures;
  });
  const series = (name: string, unit: string, pick: (one: Figures) => number): Series => ({
    name,
    unit,
    rounds: new Map([['midonet', figures.map(pick)]]),
  });
  return [
    series('connections_1m', 'MiB', ({ mebibytes }) => mebibytes),
    series('connection_size', 'bytes', ({ bytesPerConnection }) => bytesPerConnection),
  ];
}
