import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLOCK_SKEW_MS } from '@midonet/server';
import type { ControllerProcess } from '../controllers/controller-process.ts';
import type { Random } from '../lab/seeded.ts';

const LOADED = fileURLToPath(new URL('./skewed-date.ts', import.meta.url));

/** The wall clock of a controller, which can be set while it runs, and stays as it is when that starts again. */
export class SkewedClock {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** What the controller's process is started with. */
  get env(): Readonly<Record<string, string>> {
    return { CRASH_CLOCK: this.#file, NODE_OPTIONS: `--import=${LOADED}` };
  }

  set(offsetMs: number, controller: Pick<ControllerProcess, 'signal'>): void {
    // Whole or not at all: a controller may start now.
    writeFileSync(`${this.#file}.new`, String(offsetMs));
    renameSync(`${this.#file}.new`, this.#file);
    controller.signal('SIGUSR2');
  }
}

/** As far from the true time as a controller's clock may be: half of what two may be apart. */
export function someSkew(random: Random): number {
  const most = CLOCK_SKEW_MS / 2;
  return Math.round(random() < 0.5 ? most * random() : -most * random());
}

/** `97 s ahead` */
export function skewText(ms: number): string {
  return `${Math.abs(Math.round(ms / 1000))} s ${ms < 0 ? 'behind' : 'ahead'}`;
}
