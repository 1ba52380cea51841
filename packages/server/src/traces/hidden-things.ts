import type { TraceStepDto } from '@midonet/contract';
import { isEntityKind, type EntityKind } from '@midonet/topology';
import type { Reader } from '../topology/reader.ts';

const BEYOND: TraceStepDto = {
  at: { kind: 'packet', id: '' },
  action: { kind: 'hidden' },
  packet: '',
};

/** Takes out of traces what happens at things that are not the reader's. */
export class HiddenThings {
  readonly #reader: Reader;
  readonly #seen = new Map<string, Promise<boolean>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** In the place of a stretch of hidden steps stands one that says so. */
  async without(steps: readonly TraceStepDto[]): Promise<TraceStepDto[]> {
    const shown: TraceStepDto[] = [];
    for (const step of steps) {
      if (await this.#isShown(step)) shown.push(step);
      else if (shown.at(-1) !== BEYOND) shown.push(BEYOND);
    }
    return shown;
  }

  async #isShown({ at, action }: TraceStepDto): Promise<boolean> {
    if (!isEntityKind(at.kind)) return at.kind === 'packet';
    // A link leads to the other end's port, which may be somebody else's; steps there say for themselves.
    const { kind, id } = at;
    const key = `${kind}/${id}`;
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = this.#owns(kind, id);
      this.#seen.set(key, seen);
    }
    return (await seen) && action.kind !== 'hidden';
  }

  /** What somebody may only look at does not tell them what it does. */
  async #owns(kind: EntityKind, id: string): Promise<boolean> {
    const found = await this.#reader.get(kind, id);
    return found !== undefined && !(await this.#reader.readOnly(found));
  }
}
