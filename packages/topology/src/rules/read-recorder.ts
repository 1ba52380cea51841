import { decodeKeyed, isDecodeFailure, isSharedRow } from '../codec.ts';
import type { Entity, EntityKind } from '../entities.ts';
import type { PlanCondition } from './plan.ts';

/** What a plan reads from: a store has this shape. `R` is its revision type. */
export type PlanSource<R extends number> = {
  get(key: string): Promise<{ readonly value: string; readonly modified: R } | undefined>;
  list(prefix: string): Promise<{
    readonly entries: readonly { readonly key: string; readonly value: string }[];
    readonly revision: R;
  }>;
};

type EntityOf<K extends EntityKind> = Extract<Entity, { readonly kind: K }>;

/** Thrown when stored JSON cannot be read: damage, not something a caller did. */
export class StoredValueError extends Error {
  readonly key: string;

  constructor(key: string, message: string) {
    super(`${key}: ${message}`);
    this.name = 'StoredValueError';
    this.key = key;
  }
}

/**
 * Reads for one plan and remembers what was read: the transaction commits only if all of it still
 * holds. Each key is read once. Use a new recorder for each attempt.
 */
export class ReadRecorder<R extends number> {
  readonly #source: PlanSource<R>;
  readonly #conditions = new Map<string, PlanCondition<R>>();
  readonly #values = new Map<string, Promise<Entity | undefined>>();

  constructor(source: PlanSource<R>) {
    this.#source = source;
  }

  conditions(): PlanCondition<R>[] {
    return [...this.#conditions.values()];
  }

  /** The entity under `<kind>/<rest>`; the plan holds only while it is as read, or as missing. */
  async get<K extends EntityKind>(kind: K, rest: string): Promise<EntityOf<K> | undefined> {
    const entity = await this.#read(`${kind}/${rest}`);
    return entity !== undefined && isOfKind(entity, kind) ? entity : undefined;
  }

  /** The plan holds while there is something, whatever it says: creators below one owner do not meet. */
  async exists(key: string): Promise<boolean> {
    if ((await this.#source.get(key)) === undefined) return false;
    if (!this.#conditions.has(key)) this.#conditions.set(key, { kind: 'exists', key });
    return true;
  }

  /** True when nothing is there; the plan holds while that is so. */
  async missing(key: string): Promise<boolean> {
    const found = await this.#source.get(key);
    if (found === undefined) this.#conditions.set(key, { kind: 'modified', key, revision: 0 });
    return found === undefined;
  }

  /** What follows `prefix` in the keys below it; the plan holds while none below it is written. */
  async below(prefix: string): Promise<string[]> {
    const { entries, revision } = await this.#source.list(prefix);
    this.#conditions.set(prefix, { kind: 'unchangedSince', prefix, revision });
    return entries.map(({ key }) => key.slice(prefix.length));
  }

  /** As `below`, for index rows that say something: what follows `prefix` → the text in the row. */
  async valuesBelow(prefix: string): Promise<ReadonlyMap<string, string>> {
    const { entries, revision } = await this.#source.list(prefix);
    this.#conditions.set(prefix, { kind: 'unchangedSince', prefix, revision });
    return new Map(entries.map(({ key, value }) => [key.slice(prefix.length), String(parse(key, value))]));
  }

  #read(key: string): Promise<Entity | undefined> {
    let reading = this.#values.get(key);
    if (reading === undefined) this.#values.set(key, (reading = this.#fetch(key)));
    return reading;
  }

  async #fetch(key: string): Promise<Entity | undefined> {
    const found = await this.#source.get(key);
    this.#conditions.set(key, { kind: 'modified', key, revision: found?.modified ?? 0 });
    if (found === undefined) return undefined;
    const decoded = decodeKeyed(key, parse(key, found.value));
    if (isDecodeFailure(decoded)) throw new StoredValueError(key, `${decoded.field} ${decoded.message}`);
    return isSharedRow(decoded) ? undefined : decoded;
  }
}

function isOfKind<K extends EntityKind>(entity: Entity, kind: K): entity is EntityOf<K> {
  return entity.kind === kind;
}

function parse(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StoredValueError(key, 'is not JSON');
  }
}
