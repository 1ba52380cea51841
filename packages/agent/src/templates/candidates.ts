/** Remembered at most; the oldest goes. */
const MOST = 1024;

/** Classes of which one packet came up lately: a template is worth its while from the second on. */
export class Candidates {
  readonly #seen = new Set<string>();

  /** True when it was there before. */
  again(key: string): boolean {
    if (this.#seen.delete(key)) return true;
    this.#seen.add(key);
    if (this.#seen.size > MOST) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return false;
  }
}
