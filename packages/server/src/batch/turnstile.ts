import { Refusal } from '../http/problem.ts';

/** Lets so many through at once; others wait in line, and beyond its end are refused with 503. */
export class Turnstile {
  readonly #inside: number;
  readonly #line: number;
  readonly #waiting: (() => void)[] = [];
  #now = 0;

  constructor(bounds: { readonly inside: number; readonly line: number }) {
    this.#inside = bounds.inside;
    this.#line = bounds.line;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#now >= this.#inside) {
      if (this.#waiting.length >= this.#line) {
        throw new Refusal(503, 'too many batches wait to be done; try again in a second', [], 1);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#now++;
    }
    try {
      return await work();
    } finally {
      // Whoever is next takes this place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#now--;
      else next();
    }
  }
}
