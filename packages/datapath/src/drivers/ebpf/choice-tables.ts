import type { ChoiceTable } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { NumberPool } from './number-pool.ts';
import { MAX_CHOICES, type KernelObjects } from './objects.ts';

/** Which members the programs choose (struct choices). Number 0 is none. */
export class ChoiceTables {
  readonly #objects: KernelObjects;
  readonly #numbers = new NumberPool(MAX_CHOICES);

  constructor(objects: KernelObjects) {
    this.#objects = objects;
  }

  /** Undefined when all are in use. */
  open(): ChoiceTable | undefined {
    const number = this.#numbers.take();
    if (number === undefined) return undefined;
    const at = structOf(this.#objects.artefact, 'choices', ['places', 'member']);
    const memory = this.#objects.shared('choices');
    const base = number * at.size;
    return {
      number,
      set: (members) => {
        // Nothing is chosen while the places change.
        memory.view.setUint32(base + at.places, 0, true);
        memory.bytes.set(members, base + at.member);
        memory.view.setUint32(base + at.places, members.length, true);
      },
    };
  }

  close({ number }: ChoiceTable): void {
    this.#numbers.give(number);
  }
}
