/**
 * Numbers of entries in an array map, from 1 on: 0 stands for none. One that was given back goes to the
 * end of the queue: a program that is in the middle of it must not see another's.
 */
export class NumberPool {
  readonly #free: number[];

  /** Numbers below `count`. */
  constructor(count: number) {
    this.#free = Array.from({ length: count - 1 }, (_, i) => count - 1 - i);
  }

  get isEmpty(): boolean {
    return this.#free.length === 0;
  }

  take(): number | undefined {
    return this.#free.pop();
  }

  /** What is free already stays so. */
  give(number: number): void {
    if (!this.#free.includes(number)) this.#free.unshift(number);
  }
}
