import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

/** Objects in one page at most. */
export const MOST_IN_PAGE = 1000;
/** What every list understands beside its filters. */
export const LIST_PARAMETERS = ['limit', 'marker', 'sort'] as const;

export type ScalarType = 'string' | 'number' | 'boolean';

type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
};

/** True of lists that are paged by words of their own (`before`), not by `limit` and `marker`. */
export function pagesItself({ query }: Endpoint): boolean {
  return query.includes('before');
}

/** Members of a list's objects that hold one value each: what it can be filtered and sorted by. Undefined: no list. */
export function listFields(endpoint: Endpoint): ReadonlyMap<string, ScalarType> | undefined {
  const { method, response } = endpoint;
  if (method !== 'GET' || !(response instanceof z.ZodArray)) return undefined;
  const known = FIELDS.get(endpoint);
  if (known !== undefined) return known;
  const fields = fieldsOf(response);
  FIELDS.set(endpoint, fields);
  return fields;
}

/** Endpoints are constants, and to read a schema takes a while. */
const FIELDS = new WeakMap<Endpoint, ReadonlyMap<string, ScalarType>>();

function fieldsOf(response: z.ZodArray): ReadonlyMap<string, ScalarType> {
  const schema = z.toJSONSchema(response, { io: 'output', unrepresentable: 'any' }) as { readonly items?: JsonSchema };
  const fields = new Map<string, ScalarType>();
  for (const shape of schema.items === undefined ? [] : branches(schema.items)) {
    for (const [name, member] of Object.entries(shape.properties ?? {})) {
      const type = branches(member)
        .map(scalarOf)
        .find((one) => one !== undefined);
      if (type !== undefined) fields.set(name, type);
    }
  }
  // Of every read it asks for the past.
  fields.delete('at');
  return fields;
}

/** MidoNet's clients write filters with underscores: `tenant_id` of `tenantId`. */
export function underscored(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return (schema.anyOf ?? schema.oneOf)?.flatMap(branches) ?? [schema];
}

function scalarOf({ type, enum: values, const: value }: JsonSchema): ScalarType | undefined {
  const names = [type ?? typeof (value ?? values?.find((one) => one !== null))].flat();
  if (names.includes('string')) return 'string';
  if (names.includes('number') || names.includes('integer')) return 'number';
  return names.includes('boolean') ? 'boolean' : undefined;
}
