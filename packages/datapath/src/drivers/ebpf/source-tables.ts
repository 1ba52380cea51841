import type { SourceTable } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { MAX_SOURCES, type KernelObjects } from './objects.ts';
import { NumberPool } from './number-pool.ts';
import { Stock } from './stock.ts';

const ASK_USER_SPACE = 0xffff;

/** The clients whose sources the programs translate (struct source). Number 0 is nobody. */
export class SourceTables {
  readonly #objects: KernelObjects;
  readonly #numbers = new NumberPool(MAX_SOURCES);

  constructor(objects: KernelObjects) {
    this.#objects = objects;
  }

  /** An empty one; undefined when all are in use. */
  open(): SourceTable | undefined {
    const number = this.#numbers.take();
    if (number === undefined) return undefined;
    const table = new EbpfSourceTable(this.#objects, number);
    table.reset();
    return table;
  }

  close({ number }: SourceTable): void {
    this.#numbers.give(number);
  }
}

class EbpfSourceTable implements SourceTable {
  readonly number: number;
  readonly #stock: Stock;
  readonly #to: Uint16Array;

  constructor(objects: KernelObjects, number: number) {
    const at = structOf(objects.artefact, 'source', ['ports', 'to']);
    const memory = objects.shared('sources');
    this.number = number;
    this.#stock = new Stock(objects.artefact, memory, number * at.size + at.ports);
    this.#to = new Uint16Array(memory.bytes.buffer, number * at.size + at.to, 0x1_0000);
  }

  get count(): number {
    return this.#stock.count;
  }

  give(port: number): boolean {
    return this.#stock.give(port);
  }

  takeBack(): number[] {
    return this.#stock.clear();
  }

  map(port: number, to: number | 'ask' | undefined): void {
    this.#to[port] = to === 'ask' ? ASK_USER_SPACE : (to ?? 0);
  }

  reset(): void {
    this.#stock.clear();
    this.#to.fill(0);
  }
}
