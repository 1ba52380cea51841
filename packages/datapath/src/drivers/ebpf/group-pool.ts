import { structOf } from './artefact.ts';
import { GROUPS, SLOTS, type KernelObjects } from './objects.ts';
import { StepCodec } from './step-codec.ts';
import type { Step } from './steps.ts';

/**
 * Step lists of flows with several outputs. Numbers below SLOTS belong to packet-outs. A freed list
 * goes to the end of the queue: a packet that is in the middle of it must not see another's.
 */
export class GroupPool {
  readonly #view: DataView;
  readonly #codec: StepCodec;
  readonly #size: number;
  #free: number[] = [];

  constructor(objects: KernelObjects) {
    this.#view = objects.shared('groups').view;
    this.#codec = new StepCodec(objects.artefact);
    this.#size = structOf(objects.artefact, 'group', []).size;
    for (let group = SLOTS; group < GROUPS; group++) this.#free.push(group);
  }

  /** Number of a list that now holds `steps`; -1 when all are in use. */
  take(steps: readonly Step[]): number {
    const group = this.#free.shift();
    if (group === undefined) return -1;
    this.write(group, steps);
    return group;
  }

  give(group: number): void {
    this.#free.push(group);
  }

  /** Takes the very `group`, which a flow found in the kernel uses. */
  claim(group: number): void {
    this.#free = this.#free.filter((other) => other !== group);
  }

  write(group: number, steps: readonly Step[]): void {
    for (const [i, step] of steps.entries()) {
      this.#codec.write(this.#view, group * this.#size + i * this.#codec.size, step);
    }
  }

  read(group: number, count: number, is6: boolean): Step[] {
    return Array.from({ length: count }, (_, i) =>
      this.#codec.read(this.#view, group * this.#size + i * this.#codec.size, is6),
    );
  }
}
