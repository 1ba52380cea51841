import { fieldDiff, type FieldChange, type WatchItem } from '@midonet/contract';

/** One change as `watch` tells it. */
export type WatchedChange = {
  readonly revision: number;
  readonly op: 'create' | 'update' | 'delete';
  /** Kind and id as stored: `port/3f2a…`. */
  readonly object: string;
  readonly name: string;
  readonly fields: readonly FieldChange[];
};

/** What a watch has seen of one kind, so that it can say what a change changed. */
export class KnownObjects {
  readonly #values = new Map<string, unknown>();

  /** A whole listing: what differs from what was known. */
  replace(items: readonly WatchItem[], revision: number): WatchedChange[] {
    const keys = new Set(items.map(({ key }) => key));
    const gone = [...this.#values.keys()].filter((key) => !keys.has(key)).map((key) => ({ key, value: null }));
    return this.apply([...gone, ...items], revision);
  }

  apply(items: readonly WatchItem[], revision: number): WatchedChange[] {
    return items.flatMap(({ key, value }): WatchedChange[] => {
      const before = this.#values.get(key);
      if (value === null) this.#values.delete(key);
      else this.#values.set(key, value);
      const fields = fieldDiff(before, value ?? undefined);
      if (fields.length === 0) return [];
      const op = value === null ? 'delete' : before === undefined ? 'create' : 'update';
      return [{ revision, op, object: key, name: nameIn(value ?? before), fields }];
    });
  }
}

function nameIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  for (const field of ['name', 'vifId']) {
    const text: unknown = Reflect.get(value, field);
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}
