import type { FieldChange } from './resources/history.ts';

type Fields = ReadonlyMap<string, unknown>;

/** What differs between two JSON objects, field by field, in the order of the newer one. Undefined: there is none. */
export function fieldDiff(before: unknown, after: unknown): FieldChange[] {
  const [had, has] = [fieldsOf(before), fieldsOf(after)];
  const changes: FieldChange[] = [];
  for (const field of new Set([...has.keys(), ...had.keys()])) {
    const [was, is] = [had.get(field), has.get(field)];
    if (JSON.stringify(was) !== JSON.stringify(is)) changes.push({ field, before: was, after: is });
  }
  return changes;
}

/** Objects within objects become dotted names; lists stay whole. `kind` is in the object's name already. */
function fieldsOf(value: unknown): Fields {
  const fields = new Map<string, unknown>();
  const walk = (at: unknown, path: string): void => {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) {
      if (path !== '' && path !== 'kind') fields.set(path, at);
      return;
    }
    for (const [name, inner] of Object.entries(at)) walk(inner, path === '' ? name : `${path}.${name}`);
  };
  walk(value, '');
  return fields;
}
