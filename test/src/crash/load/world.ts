import type { HistoryLine } from '../history.ts';
import type { LoadSign } from './config.ts';

/** What all who ask share: the objects they fight over. */
export class World {
  /** Single bridges whose names are registers. */
  readonly registers: string[] = [];
  /** Bridges that batches change together; all of a group are of one tenant. */
  readonly groups: { readonly tenantId: string; readonly ids: readonly string[] }[] = [];
  /** The latest revision that some watcher has heard of. */
  heardOf = 0;
  readonly #write: (line: string) => void;
  #values = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** A name that nobody wrote before. */
  nextValue(): string {
    return `v${this.#values++}`;
  }

  record(line: HistoryLine | LoadSign): void {
    this.#write(`${JSON.stringify(line)}\n`);
  }
}
