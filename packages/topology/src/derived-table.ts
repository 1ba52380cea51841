import { Grouped } from './device-parts.ts';

export type Changed<T> = { readonly before: T | undefined; readonly after: T | undefined };

/**
 * Devices of one kind that consist of an entity and rows of one other kind. A device is derived when
 * it is asked for, and stays the same object until something in it changes.
 */
export class DerivedTable<I, E, K, P, D> {
  readonly #entities = new Map<I, E>();
  readonly #parts = new Grouped<I, K, P>();
  readonly #devices = new Map<I, D>();
  /** What changed since the last `settle`, with the device before it as far as anybody had seen it. */
  readonly #touched = new Map<I, D | undefined>();
  readonly #appeared = new Set<I>();
  readonly #derive: (entity: E, parts: Iterable<P>) => D;

  constructor(derive: (entity: E, parts: Iterable<P>) => D) {
    this.#derive = derive;
  }

  get(id: I): D | undefined {
    const known = this.#devices.get(id);
    if (known !== undefined) return known;
    const entity = this.#entities.get(id);
    if (entity === undefined) return undefined;
    const device = this.#derive(entity, this.#parts.of(id));
    this.#devices.set(id, device);
    return device;
  }

  get size(): number {
    return this.#entities.size;
  }

  ids(): IterableIterator<I> {
    return this.#entities.keys();
  }

  put(id: I, entity: E): void {
    this.#touch(id);
    if (!this.#entities.has(id)) this.#appeared.add(id);
    this.#entities.set(id, entity);
  }

  drop(id: I): void {
    this.#touch(id);
    this.#entities.delete(id);
  }

  putPart(id: I, key: K, part: P): void {
    this.#touch(id);
    this.#parts.put(id, key, part);
  }

  dropPart(id: I, key: K): void {
    this.#touch(id);
    this.#parts.drop(id, key);
  }

  /** What changed since the last call: devices that somebody had looked at, and those that appeared. */
  settle(): ReadonlyMap<I, Changed<D>> {
    const changes = new Map<I, Changed<D>>();
    for (const [id, before] of this.#touched) {
      if (before !== undefined || this.#appeared.has(id)) changes.set(id, { before, after: this.get(id) });
    }
    this.#touched.clear();
    this.#appeared.clear();
    return changes;
  }

  #touch(id: I): void {
    if (!this.#touched.has(id)) this.#touched.set(id, this.#devices.get(id));
    this.#devices.delete(id);
  }
}
