/**
 * Small numbers for values that many entries share: devices, ports, sets of ports. A number lives
 * as long as somebody holds it and is then given to another value; 0 is no value.
 */
export class Labels<T> {
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [''];
  readonly #values: (T | undefined)[] = [undefined];
  readonly #holders: number[] = [0];
  readonly #free: number[] = [];

  get size(): number {
    return this.#numbers.size;
  }

  /** 0 when nobody holds it. */
  find(key: string): number {
    return this.#numbers.get(key) ?? 0;
  }

  value(number: number): T | undefined {
    return this.#values[number];
  }

  /** The number of `key`, held once more. `first` is true when it is new: nobody had it. */
  hold(key: string, value: T): { readonly number: number; readonly first: boolean } {
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.#holders[known]! += 1;
      return { number: known, first: false };
    }
    const number = this.#free.pop() ?? this.#keys.length;
    this.#numbers.set(key, number);
    this.#keys[number] = key;
    this.#values[number] = value;
    this.#holders[number] = 1;
    return { number, first: true };
  }

  /** Lets go once; true when that was the last holder. */
  release(number: number): boolean {
    if (number === 0) return false;
    this.#holders[number]! -= 1;
    if (this.#holders[number] !== 0) return false;
    this.#numbers.delete(this.#keys[number]!);
    this.#values[number] = undefined;
    this.#keys[number] = '';
    this.#free.push(number);
    return true;
  }
}
