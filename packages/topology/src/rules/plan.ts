import { encodeEntity } from '../codec.ts';
import type { Entity } from '../entities.ts';
import { entityKey } from '../keys.ts';
import { indexRows } from './index-rows.ts';

/** What is wrong with which member of the request, in the API's names. */
export type Violation = { readonly property: string; readonly message: string };

/** Why an operation is not done: invalid → 400, notFound → 404, conflict → 409, inUse → 409 (403 for hosts). */
export type RefusalCode = 'invalid' | 'conflict' | 'notFound' | 'inUse';

export type PlanWrite =
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'deletePrefix'; readonly prefix: string };

/** As the store's conditions; `R` is its revision type. */
export type PlanCondition<R extends number> =
  | { readonly kind: 'modified'; readonly key: string; readonly revision: R | 0 }
  | { readonly kind: 'exists'; readonly key: string }
  | { readonly kind: 'unchangedSince'; readonly prefix: string; readonly revision: R };

export type Refused = {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly violations: readonly Violation[];
};

/**
 * One store transaction. When it conflicts because something it read has changed, plan again with a
 * fresh recorder; the second look then tells what is in the way.
 */
export type Plan<R extends number = number> =
  | {
      readonly kind: 'plan';
      readonly writes: readonly PlanWrite[];
      readonly conditions: readonly PlanCondition<R>[];
    }
  | Refused;

export function refused(code: RefusalCode, property: string, message: string): Refused {
  return { kind: 'refused', code, violations: [{ property, message }] };
}

/** A rule's answer on the members alone: a refusal when there are violations. */
export function invalid(violations: readonly Violation[]): Refused | undefined {
  return violations.length === 0 ? undefined : { kind: 'refused', code: 'invalid', violations };
}

/** Collects the writes of a plan. Index rows follow their objects by themselves. */
export class WriteList {
  readonly writes: PlanWrite[] = [];

  create(entity: Entity): void {
    this.#put(entityKey(entity), encodeEntity(entity));
    for (const [key, value] of indexRows(entity)) this.#put(key, value);
  }

  /** Both have the same key. */
  update(before: Entity, after: Entity): void {
    this.#put(entityKey(after), encodeEntity(after));
    const now = indexRows(after);
    for (const key of indexRows(before).keys()) if (!now.has(key)) this.writes.push({ kind: 'delete', key });
    const had = indexRows(before);
    for (const [key, value] of now) if (had.get(key) !== value) this.#put(key, value);
  }

  remove(entity: Entity): void {
    this.writes.push({ kind: 'delete', key: entityKey(entity) });
    for (const key of indexRows(entity).keys()) this.writes.push({ kind: 'delete', key });
  }

  removeKey(key: string): void {
    this.writes.push({ kind: 'delete', key });
  }

  /** Everything below `prefix`, which ends in `/`. */
  removeBelow(prefix: string): void {
    this.writes.push({ kind: 'deletePrefix', prefix });
  }

  #put(key: string, value: unknown): void {
    this.writes.push({ kind: 'put', key, value: JSON.stringify(value) });
  }
}
