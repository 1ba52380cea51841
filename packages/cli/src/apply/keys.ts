import { missing } from '../cli-error.ts';

/**
 * Keys of objects in a file: the name, or `name@id` where the name alone does not tell which one is meant,
 * `@id` where there is none.
 */
const WITH_ID = /^(?<name>.*)@(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/s;

export function parseKey(key: string): { readonly name: string; readonly id: string | undefined } {
  const { name = key, id } = WITH_ID.exec(key)?.groups ?? {};
  return { name, id };
}

/** The name that an object of this key has; null for none. */
export function nameIn(key: string): string | null {
  const { name } = parseKey(key);
  return name === '' ? null : name;
}

/** The name that an object gets which this key tells by its id; undefined when the name itself is the key. */
export function renamedTo(key: string): string | null | undefined {
  return parseKey(key).id === undefined ? undefined : nameIn(key);
}

type Named = { readonly id: string; readonly name: string | null };

/** A kind's objects under their keys; found by `name@id` too, and by any name that one alone of them has. */
export class ByKey<T extends { readonly id: string }> extends Map<string, T> {
  readonly #kind: string;
  readonly #byName = new Map<string, T[]>();
  readonly #byId = new Map<string, T>();
  readonly #keys = new Map<string, string>();

  constructor(kind: string, all: readonly T[], nameOf: (one: T) => string) {
    super();
    this.#kind = kind;
    for (const one of all) {
      this.#byId.set(one.id, one);
      this.#byName.set(nameOf(one), [...(this.#byName.get(nameOf(one)) ?? []), one]);
    }
    for (const one of all) {
      const name = nameOf(one);
      const alone = name !== '' && this.#byName.get(name)?.length === 1;
      const key = alone && parseKey(name).id === undefined ? name : `${name}@${one.id}`;
      this.set(key, one);
      this.#keys.set(one.id, key);
    }
  }

  /** Throws when several have that name. */
  override get(key: string): T | undefined {
    const { id } = parseKey(key);
    const found = super.get(key) ?? (id === undefined ? undefined : this.#byId.get(id));
    if (found !== undefined || key === '') return found;
    const named = this.#byName.get(key) ?? [];
    if (named.length < 2) return named[0];
    const keys = named.map((one) => `${key}@${one.id}`).join(' and ');
    throw missing(`there are ${named.length} ${this.#kind}s named ${key}: say which one, they are ${keys}`);
  }

  keyOf(id: string): string | undefined {
    return this.#keys.get(id);
  }
}

export function byName<T extends Named>(kind: string, all: readonly T[]): ByKey<T> {
  return new ByKey(kind, all, ({ name }) => name ?? '');
}
