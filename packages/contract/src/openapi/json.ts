import { z } from 'zod';
import { JSON_TYPE, TEXT_TYPE } from '../media.ts';
import type { Schema } from '../endpoint.ts';

export type Json = { [key: string]: unknown };

export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** The same body under plain JSON and each vendor type. */
export function contentOf(media: readonly string[], schema: Json): Json {
  if (media.includes(TEXT_TYPE)) {
    return { content: { [TEXT_TYPE]: { schema }, [JSON_TYPE]: { schema: { type: 'object' } } } };
  }
  return { content: Object.fromEntries([JSON_TYPE, ...media].map((type) => [type, { schema }])) };
}

export function content(media: readonly string[], schema: Schema, io: 'input' | 'output'): Json {
  return schema === undefined ? {} : contentOf(media, schemaOf(schema, io));
}

/** What a merge patch may say: the members of a PUT, none required, each may be null. */
export function patchSchema(schema: z.ZodType): Json {
  const { properties, required: _required, ...rest } = schemaOf(schema, 'input');
  const members = Object.entries((properties ?? {}) as Readonly<Record<string, Json>>);
  const nullable = members.map(([name, member]) => [name, orNull(member)] as const);
  return { ...rest, properties: Object.fromEntries(nullable), additionalProperties: false };
}

function orNull(member: Json): Json {
  const { type, anyOf } = member;

  const isNull = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && Reflect.get(one, 'type') === 'null';
  if (Array.isArray(type) && type.includes('null')) return member;
  if (Array.isArray(anyOf) && anyOf.some(isNull)) return member;
  return { anyOf: [member, { type: 'null' }] };
}
